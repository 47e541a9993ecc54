package dev.platter.vdi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.image.BlockMap;
import dev.platter.image.CheckReport;
import dev.platter.image.Preallocation;
import dev.platter.image.Repair;
import dev.platter.image.disk.LayeredMap;
import dev.platter.image.spi.EditRequest;
import dev.platter.image.spi.ImageEditor;
import dev.platter.image.spi.ResizeRequest;
import dev.platter.storage.MemoryStorage;
import dev.platter.storage.WritableStorage;
import dev.platter.testdata.FaultyStorage;
import dev.platter.testdata.PowerCuts;
import dev.platter.testdata.RecordingStorage;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A disk whose last block is its longer parent's, and which grows: what {@link VdiEditorTest} asks
 * of images that stand alone. Wherever it breaks off, the disk is the old or the new one.
 */
class VdiOverlayGrowthTest {
  private static final int BLOCK = 1 << 12;

  /** In the midst of the second of three blocks. */
  private static final int SIZE = BLOCK + 512 * 3;

  private BlockMap parent;
  private byte[] image;
  private byte[] content;

  @BeforeEach
  void makeAnOverlay() throws IOException {
    HandMadeVdi below = new HandMadeVdi(4 * BLOCK, BLOCK);
    for (int block = 0; block < 4; block++) {
      below.block(block, HandMadeVdi.random(BLOCK, block));
    }
    parent = HandMadeVdi.open(below.storage("parent.vdi")).map();
    HandMadeVdi child = new HandMadeVdi(SIZE, BLOCK).block(0, HandMadeVdi.random(BLOCK, 7));
    child.type = 4;
    child.parent = new UUID(3, 4);
    image = child.build();
    content = disk(MemoryStorage.of("child.vdi", image));
    assertEquals(SIZE, content.length);
  }

  /** In the block, beyond the parent, and so that the block map needs more room. */
  @ParameterizedTest
  @ValueSource(longs = {2 * BLOCK, 6 * BLOCK, 4000L * BLOCK})
  void aPowerCutLeavesTheOldOrTheNewSize(long size) throws IOException {
    RecordingStorage whole = new RecordingStorage("child.vdi", image);
    grow(whole, size);
    assertTrue(whole.isSynced(), "ends with a sync");
    PowerCuts.everywhere(whole, (medium, syncs) -> survive(medium, size));
    for (int n = 1; n <= whole.changes(); n++) {
      RecordingStorage undone = new RecordingStorage("child.vdi", image);
      if (fails(new FaultyStorage(undone).failingChange(n), size)) {
        assertDisk(undone.storage(), SIZE);
        assertEquals(0, faults(undone.storage(), true), "at change " + n);
        assertEquals(image.length, undone.storage().size());
        PowerCuts.everywhere(undone, (medium, syncs) -> survive(medium, size));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {2 * BLOCK, 6 * BLOCK, 4000L * BLOCK})
  void anErrorThatStaysLeavesTheOldOrTheNewSize(long size) throws IOException {
    RecordingStorage whole = new RecordingStorage("child.vdi", image);
    grow(whole, size);
    for (int n = 1; n <= whole.changes(); n++) {
      MemoryStorage broken = MemoryStorage.of("child.vdi", image);
      fails(new FaultyStorage(broken).failingFrom(n), size);
      survive(broken, size);
    }
    for (long end = image.length; end < whole.longest(); end += BLOCK / 2) {
      MemoryStorage full = MemoryStorage.of("child.vdi", image);
      assertTrue(fails(new FaultyStorage(full).endingAt(end), size), "at its end " + end);
      assertDisk(full, SIZE);
      assertEquals(image.length, full.size(), "what was taken is given back");
    }
  }

  private void grow(WritableStorage storage, long size) throws IOException {
    try (ImageEditor editor = new VdiFormat().edit(storage, EditRequest.strict())) {
      editor.resize(new ResizeRequest(size, Preallocation.OFF, Optional.of(parent)));
    }
  }

  private boolean fails(WritableStorage storage, long size) {
    try {
      grow(storage, size);
      return false;
    } catch (IOException e) {
      return true;
    }
  }

  /** It is sound but for lost space, and can be given its size again. */
  private void survive(MemoryStorage medium, long size) throws IOException {
    long present = HandMadeVdi.open(medium).info().virtualSize();
    assertTrue(present == SIZE || present == size, "size " + present);
    assertDisk(medium, present);
    assertEquals(0, faults(medium, false));
    try (ImageEditor editor = new VdiFormat().edit(medium, EditRequest.strict())) {
      editor.repair(Repair.LEAKS);
    }
    assertDisk(medium, present);
    assertEquals(0, faults(medium, true));
    grow(medium, size);
    assertDisk(medium, size);
  }

  private void assertDisk(MemoryStorage storage, long size) throws IOException {
    byte[] disk = disk(storage);
    assertEquals(size, disk.length);
    assertEquals(-1, Arrays.mismatch(Arrays.copyOf(content, disk.length), disk));
  }

  private byte[] disk(MemoryStorage storage) throws IOException {
    return HandMadeVdi.content(new LayeredMap(List.of(HandMadeVdi.open(storage).map(), parent)));
  }

  private static long faults(MemoryStorage storage, boolean withLeaks) throws IOException {
    CheckReport found = HandMadeVdi.open(storage).check().orElseThrow();
    return found.corruptions() + found.checkErrors() + (withLeaks ? found.leaks() : 0);
  }
}
