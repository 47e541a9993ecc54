package dev.platter.vdi;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.image.BlockMap;
import dev.platter.image.CheckReport;
import dev.platter.image.CorruptImageException;
import dev.platter.image.Extent;
import dev.platter.image.IllegalOptionException;
import dev.platter.image.Preallocation;
import dev.platter.image.Repair;
import dev.platter.image.RepairReport;
import dev.platter.image.disk.LayeredMap;
import dev.platter.image.spi.EditRequest;
import dev.platter.image.spi.ImageEditor;
import dev.platter.image.spi.ResizeRequest;
import dev.platter.storage.MemoryStorage;
import dev.platter.testdata.ZeroDisk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** What {@link VdiEditorTest} does not see: damage, differencing images, what the header says. */
class VdiEditTest {
  private static final int BLOCK = 1 << 12;

  private static ImageEditor edit(MemoryStorage storage) throws IOException {
    return new VdiFormat().edit(storage, EditRequest.strict());
  }

  private static byte[] content(MemoryStorage storage) throws IOException {
    return HandMadeVdi.content(HandMadeVdi.open(storage).map());
  }

  private static List<String> faults(MemoryStorage storage) throws IOException {
    return HandMadeVdi.open(storage).check().orElseThrow().messages();
  }

  /** Entries that are shared, too large, behind gaps, past the end; a count that is wrong. */
  @Property(tries = 200)
  void aRepairedImageHoldsWhatCouldBeRead(
      @ForAll @IntRange(min = 1, max = 24) int blocks,
      @ForAll boolean withExtra,
      @ForAll boolean isStatic,
      @ForAll long seed)
      throws IOException {
    Random random = new Random(seed);
    HandMadeVdi vdi = new HandMadeVdi((long) blocks * BLOCK - random.nextInt(BLOCK), BLOCK);
    vdi.extra = withExtra ? 512 : 0;
    vdi.type = isStatic ? 2 : 1;
    int held = random.nextInt(2 * blocks + 1);
    byte[][] inFile = new byte[held][];
    for (int i = 0; i < held; i++) {
      inFile[i] = HandMadeVdi.random(BLOCK, seed + i);
      vdi.block(0, inFile[i]);
    }
    byte[] model = new byte[blocks * BLOCK];
    for (int i = 0; i < blocks; i++) {
      int entry = random.nextInt(held + 4) - 2;
      vdi.entry(i, entry);
      if (entry >= 0 && entry < held) {
        System.arraycopy(inFile[entry], 0, model, i * BLOCK, BLOCK);
      }
    }
    byte[] file = vdi.build();
    ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).putInt(388, random.nextInt(held + 2));
    MemoryStorage storage = MemoryStorage.of("damaged.vdi", file);
    CheckReport before = HandMadeVdi.open(storage).check().orElseThrow();
    try (ImageEditor editor = edit(storage)) {
      RepairReport report = editor.repair(Repair.ALL);
      assertEquals(before, report.found());
      assertEquals(before.corruptions(), report.corruptionsFixed());
      assertEquals(0, report.after().corruptions());
    }
    assertEquals(List.of(), faults(storage));
    byte[] disk = content(storage);
    assertArrayEquals(Arrays.copyOf(model, disk.length), disk);
  }

  @Test
  void whatIsCutOffWithinABlockIsKept() throws IOException {
    byte[] bytes = HandMadeVdi.random(BLOCK, 1);
    byte[] file = new HandMadeVdi(2 * BLOCK, BLOCK).block(1, bytes).build();
    MemoryStorage storage = MemoryStorage.of("c.vdi", Arrays.copyOf(file, file.length - 1000));
    try (ImageEditor editor = edit(storage)) {
      assertEquals(1, editor.repair(Repair.ALL).corruptionsFixed());
    }
    byte[] expected = new byte[2 * BLOCK];
    System.arraycopy(bytes, 0, expected, BLOCK, BLOCK - 1000);
    assertArrayEquals(expected, content(storage));
  }

  @Test
  void onlyLeaksAreNothingToRepair() throws IOException {
    byte[] file = new HandMadeVdi(2 * BLOCK, BLOCK).entry(0, 1).build();
    MemoryStorage storage = MemoryStorage.of("d.vdi", file);
    try (ImageEditor editor = edit(storage)) {
      assertTrue(!editor.repair(Repair.LEAKS).anyFixed());
    }
    assertArrayEquals(file, storage.toByteArray());
  }

  @Test
  void aDamagedImageIsNotResizedNorCompacted() throws IOException {
    byte[] file = new HandMadeVdi(2 * BLOCK, BLOCK).entry(0, 1).build();
    MemoryStorage storage = MemoryStorage.of("d.vdi", file);
    try (ImageEditor editor = edit(storage)) {
      assertThrows(CorruptImageException.class, () -> editor.resize(new ResizeRequest(3 * BLOCK)));
      assertThrows(CorruptImageException.class, editor::compact);
    }
    assertArrayEquals(file, storage.toByteArray());
  }

  @Property(tries = 60)
  void aCompactedImageHoldsOnlyWhatIsNotZero(
      @ForAll @IntRange(min = 1, max = 30) int blocks, @ForAll boolean child, @ForAll long seed)
      throws IOException {
    Random random = new Random(seed);
    HandMadeVdi vdi = new HandMadeVdi((long) blocks * BLOCK - random.nextInt(8) * 512, BLOCK);
    vdi.parent = child ? new UUID(5, 6) : vdi.parent;
    vdi.type = child ? 4 : 1;
    int data = 0;
    for (int i = blocks - 1; i >= 0; i--) {
      int kind = random.nextInt(3);
      if (kind > 0) {
        byte[] bytes = kind == 1 ? new byte[BLOCK] : HandMadeVdi.random(BLOCK, seed + i);
        vdi.block(i, bytes);
        data += kind - 1;
      }
    }
    MemoryStorage storage = vdi.storage("z.vdi");
    HandMadeVdi parent = new HandMadeVdi(vdi.size, BLOCK).block(0, HandMadeVdi.random(BLOCK, 9));
    BlockMap below = HandMadeVdi.open(parent.storage("below.vdi")).map();
    byte[] expected = over(storage, below);
    try (ImageEditor editor = edit(storage)) {
      editor.compact();
    }
    assertArrayEquals(expected, over(storage, below));
    assertEquals(vdi.dataAt() + data * BLOCK, storage.size());
    assertEquals(List.of(), faults(storage));
  }

  private static byte[] over(MemoryStorage storage, BlockMap below) throws IOException {
    return HandMadeVdi.content(new LayeredMap(List.of(HandMadeVdi.open(storage).map(), below)));
  }

  @Test
  void whatIsNewInAChildHidesItsParent() throws IOException {
    HandMadeVdi child = new HandMadeVdi(2 * BLOCK, BLOCK);
    child.type = 4;
    child.parent = new UUID(3, 4);
    MemoryStorage storage = child.storage("child.vdi");
    try (ImageEditor editor = edit(storage)) {
      editor.resize(
          new ResizeRequest(4 * BLOCK, Preallocation.OFF, Optional.of(new ZeroDisk(4 * BLOCK))));
    }
    BlockMap map = HandMadeVdi.open(storage).map();
    assertEquals(new Extent.Absent(0, 2 * BLOCK), map.extentAt(0, 4 * BLOCK));
    assertEquals(new Extent.Zero(2 * BLOCK, 2 * BLOCK), map.extentAt(2 * BLOCK, 4 * BLOCK));
  }

  @Test
  void whatIsNewInTheLastBlockHidesTheParentToo() throws IOException {
    BlockMap parent =
        HandMadeVdi.open(
                new HandMadeVdi(4 * BLOCK, BLOCK)
                    .block(1, HandMadeVdi.random(BLOCK, 5))
                    .block(2, HandMadeVdi.random(BLOCK, 6))
                    .storage("parent.vdi"))
            .map();
    for (int shorter : new int[] {512, BLOCK / 2, BLOCK - 512}) {
      for (long size : new long[] {2 * BLOCK, 4 * BLOCK, 4000L * BLOCK}) {
        HandMadeVdi child =
            new HandMadeVdi(2 * BLOCK - shorter, BLOCK).block(0, HandMadeVdi.random(BLOCK, 7));
        child.type = 4;
        child.parent = new UUID(3, 4);
        MemoryStorage storage = child.storage("child.vdi");
        byte[] before = over(storage, parent);
        try (ImageEditor editor = edit(storage)) {
          editor.resize(new ResizeRequest(size, Preallocation.OFF, Optional.of(parent)));
        }
        byte[] after = over(storage, parent);
        assertEquals(size, after.length);
        assertEquals(-1, Arrays.mismatch(Arrays.copyOf(before, after.length), after));
        assertEquals(List.of(), faults(storage));
      }
    }
  }

  @Test
  void theHeaderKeepsWhatItHasAndSaysThatTheContentChanged() throws IOException {
    HandMadeVdi vdi = new HandMadeVdi(2 * BLOCK, BLOCK).block(1, HandMadeVdi.random(BLOCK, 1));
    vdi.comment = "mine";
    MemoryStorage storage = vdi.storage("h.vdi");
    Map<String, Object> before = HandMadeVdi.open(storage).info().more();
    try (ImageEditor editor = edit(storage)) {
      editor.resize(new ResizeRequest(5L << 20));
    }
    Map<String, Object> after = HandMadeVdi.open(storage).info().more();
    assertEquals("mine", after.get("comment"));
    assertEquals(before.get("uuid"), after.get("uuid"));
    assertNotEquals(before.get("modification-uuid"), after.get("modification-uuid"));
    assertEquals(null, after.get("geometry"));
    byte[] text = Arrays.copyOf(storage.toByteArray(), 40);
    assertEquals(
        "<<< Oracle VM VirtualBox Disk Image >>>\n", new String(text, StandardCharsets.US_ASCII));
  }

  @Test
  void sizesThatCannotBeAreRefusedUntouched() throws IOException {
    byte[] file = new HandMadeVdi(2 * BLOCK, BLOCK).build();
    MemoryStorage storage = MemoryStorage.of("r.vdi", file);
    try (ImageEditor editor = edit(storage)) {
      for (long size : new long[] {1L << 45, Long.MAX_VALUE}) {
        assertThrows(IllegalOptionException.class, () -> editor.resize(new ResizeRequest(size)));
      }
      assertThrows(
          IllegalOptionException.class,
          () -> editor.resize(new ResizeRequest(3 * BLOCK, Preallocation.FULL, Optional.empty())));
    }
    assertArrayEquals(file, storage.toByteArray());
  }
}
