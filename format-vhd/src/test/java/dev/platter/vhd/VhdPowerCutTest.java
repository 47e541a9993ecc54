package dev.platter.vhd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.image.CheckReport;
import dev.platter.image.DiskImage;
import dev.platter.image.Repair;
import dev.platter.image.disk.LayeredMap;
import dev.platter.image.spi.EditRequest;
import dev.platter.image.spi.ImageEditor;
import dev.platter.image.spi.ResizeRequest;
import dev.platter.storage.MemoryStorage;
import dev.platter.storage.WritableStorage;
import dev.platter.testdata.FaultyStorage;
import dev.platter.testdata.ModelDisk;
import dev.platter.testdata.PowerCuts;
import dev.platter.testdata.RecordingStorage;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Power cuts in images that are not of our own making: disks whose bitmaps count, batmaps, blocks
 * without gaps between them.
 */
class VhdPowerCutTest {
  private static final VhdFormat FORMAT = new VhdFormat();
  private static final int BLOCK = 4096;

  private static long compact(WritableStorage storage) throws IOException {
    try (ImageEditor editor = FORMAT.edit(storage, EditRequest.strict())) {
      return editor.compact();
    }
  }

  private static void resize(WritableStorage storage, long size) throws IOException {
    try (ImageEditor editor = FORMAT.edit(storage, EditRequest.strict())) {
      editor.resize(new ResizeRequest(size));
    }
  }

  private static void assertNothingButLeaks(DiskImage image) throws IOException {
    CheckReport found = image.check().orElseThrow();
    assertEquals(0, found.corruptions() + found.checkErrors(), found.messages().toString());
  }

  /** The last block moves to the front, and the footer comes to lie where its bitmap was. */
  @Test
  void aCompactedDifferencingDiskHidesWhatItHid() throws IOException {
    int blocks = 6;
    HandMadeVhd child = new HandMadeVhd(blocks * BLOCK);
    child.type = 4;
    child.blockSize = BLOCK;
    child.parentName = "parent.vhd";
    for (int i = 0; i < blocks; i++) {
      byte[] bits = new byte[child.bitmapLength()];
      bits[0] = (byte) (i < 2 ? 0 : 0x3C + i);
      child.block(i, VhdReadTest.random(BLOCK, i), bits);
    }
    byte[] image = child.build();
    ModelDisk parent = ModelDisk.random(7, blocks * BLOCK, 512);
    byte[] content;
    try (DiskImage before = VhdReadTest.open(MemoryStorage.of("child", image))) {
      content = VhdReadTest.content(new LayeredMap(List.of(before.map(), parent)));
    }
    PowerCuts.Survivor survivor =
        (medium, syncs) -> {
          try (DiskImage left = VhdReadTest.open(medium)) {
            LayeredMap map = new LayeredMap(List.of(left.map(), parent));
            assertArrayEquals(content, VhdReadTest.content(map));
            assertNothingButLeaks(left);
          }
        };
    RecordingStorage whole = new RecordingStorage("child", image);
    assertTrue(compact(whole) > BLOCK);
    PowerCuts.everywhere(whole, survivor);
    for (int n = 1; n <= whole.changes(); n++) {
      RecordingStorage takenBack = new RecordingStorage("child", image);
      FaultyStorage faulty = new FaultyStorage(takenBack).failingChange(n);
      assertThrows(IOException.class, () -> compact(faulty));
      PowerCuts.everywhere(takenBack, survivor);
      if (whole.isSync(n - 1)) {
        PowerCuts.everywhere(takenBack.dropping(n - 1), survivor);
      }
    }
  }

  /** Behind the shorter table, where entries were. */
  @Test
  void aBatmapThatMovesLeavesTheDisk() throws IOException {
    int blocks = 300;
    int kept = 3;
    HandMadeVhd vhd = new HandMadeVhd(blocks * BLOCK);
    vhd.blockSize = BLOCK;
    vhd.batmap = new byte[512];
    byte[] content = new byte[blocks * BLOCK];
    for (int i : new int[] {0, 2, 3, 140, 299}) {
      byte[] block = VhdReadTest.random(BLOCK, i);
      vhd.block(i, block);
      vhd.batmap[i / 8] |= (byte) (0x80 >>> i % 8);
      System.arraycopy(block, 0, content, i * BLOCK, BLOCK);
    }
    RecordingStorage storage = new RecordingStorage("xen", vhd.build());
    resize(storage, kept * BLOCK);
    PowerCuts.everywhere(
        storage,
        (medium, syncs) -> {
          int size;
          try (DiskImage left = VhdReadTest.open(medium)) {
            size = (int) left.map().size();
            assertTrue(size == kept * BLOCK || size == content.length, "size " + size);
            assertArrayEquals(Arrays.copyOf(content, size), VhdReadTest.content(left.map()));
            assertNothingButLeaks(left);
          }
          try (ImageEditor editor = FORMAT.edit(medium, EditRequest.strict())) {
            editor.repair(Repair.LEAKS);
          }
          resize(medium, content.length);
          try (DiskImage again = VhdReadTest.open(medium)) {
            byte[] expected = Arrays.copyOf(Arrays.copyOf(content, size), content.length);
            assertArrayEquals(expected, VhdReadTest.content(again.map()));
            assertNothingButLeaks(again);
          }
        });
  }
}
