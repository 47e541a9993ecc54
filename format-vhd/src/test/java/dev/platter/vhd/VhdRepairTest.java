package dev.platter.vhd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.image.CorruptImageException;
import dev.platter.image.DiskImage;
import dev.platter.image.IllegalOptionException;
import dev.platter.image.Limits;
import dev.platter.image.Preallocation;
import dev.platter.image.Repair;
import dev.platter.image.RepairReport;
import dev.platter.image.UnsupportedFeatureException;
import dev.platter.image.disk.GuestReader;
import dev.platter.image.spi.EditRequest;
import dev.platter.image.spi.ImageEditor;
import dev.platter.image.spi.OpenRequest;
import dev.platter.image.spi.ResizeRequest;
import dev.platter.storage.MemoryStorage;
import dev.platter.testdata.PowerCuts;
import dev.platter.testdata.RecordingStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Damage of every kind that {@link VhdCheck} knows, put right; and what resizing leaves alone. */
class VhdRepairTest {
  private static final VhdFormat FORMAT = new VhdFormat();
  private static final int BLOCK = 4096;
  private static final int BLOCKS = 6;

  private final byte[] content = VhdReadTest.random(BLOCKS * BLOCK, 1);

  private HandMadeVhd disk() {
    HandMadeVhd vhd = new HandMadeVhd(content.length);
    vhd.blockSize = BLOCK;
    for (int i = 0; i < BLOCKS; i++) {
      vhd.block(i, Arrays.copyOfRange(content, i * BLOCK, (i + 1) * BLOCK));
    }
    return vhd;
  }

  private static RepairReport repair(MemoryStorage storage, Repair extent) throws IOException {
    try (ImageEditor editor = FORMAT.edit(storage, EditRequest.strict())) {
      return editor.repair(extent);
    }
  }

  private static void resize(MemoryStorage storage, long size) throws IOException {
    try (ImageEditor editor = FORMAT.edit(storage, EditRequest.strict())) {
      editor.resize(new ResizeRequest(size));
    }
  }

  private static void put(MemoryStorage storage, long offset, byte[] bytes) throws IOException {
    storage.write(offset, MemorySegment.ofArray(bytes));
  }

  private static void putEntry(MemoryStorage storage, int block, int entry) throws IOException {
    put(
        storage,
        HandMadeVhd.TABLE_AT + 4L * block,
        ByteBuffer.allocate(Integer.BYTES).putInt(entry).array());
  }

  private static int entry(MemoryStorage storage, int block) throws IOException {
    return ByteBuffer.wrap(storage.toByteArray()).getInt(HandMadeVhd.TABLE_AT + 4 * block);
  }

  private static byte[] read(MemoryStorage storage) throws IOException {
    return VhdReadTest.content(VhdReadTest.open(storage).map());
  }

  private static void assertRepaired(RepairReport report, int corruptions, int leaks) {
    assertEquals(corruptions, report.corruptionsFixed(), report.toString());
    assertEquals(leaks, report.leaksFixed(), report.toString());
    assertEquals(0, report.after().corruptions() + report.after().leaks(), report.toString());
  }

  @Test
  void eitherFooterIsMadeFromTheOther() throws IOException {
    byte[] good = disk().build();
    for (int at : new int[] {0, good.length - 512}) {
      MemoryStorage storage = MemoryStorage.of("damaged", good);
      put(storage, at + 100, new byte[] {1});
      assertRepaired(repair(storage, Repair.ALL), 1, 0);
      assertArrayEquals(good, storage.toByteArray());
    }
  }

  @Test
  void aFooterThatWasCutOffIsPutBehindTheLastBlock() throws IOException {
    byte[] good = disk().build();
    MemoryStorage storage = MemoryStorage.of("cut", Arrays.copyOf(good, good.length - 512));
    assertRepaired(repair(storage, Repair.ALL), 1, 0);
    assertArrayEquals(good, storage.toByteArray());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 3, 0x7FFF_FFFF, 0xFFFF_FFF0})
  void aBlockThatCannotBeThereIsGivenUp(int place) throws IOException {
    MemoryStorage storage = disk().storage("damaged");
    putEntry(storage, 2, place);
    assertFalse(repair(storage, Repair.LEAKS).anyFixed());
    assertRepaired(repair(storage, Repair.ALL), 1, 0);
    Arrays.fill(content, 2 * BLOCK, 3 * BLOCK, (byte) 0);
    assertArrayEquals(content, read(storage));
  }

  @Test
  void blocksInTheSamePlaceGetOneForEach() throws IOException {
    MemoryStorage storage = disk().storage("damaged");
    putEntry(storage, 2, entry(storage, 1));
    putEntry(storage, 4, entry(storage, 3) + 1);
    byte[] before = read(storage);
    assertRepaired(repair(storage, Repair.ALL), 2, 0);
    assertArrayEquals(before, read(storage));
  }

  @Test
  void placesOfBlocksBehindTheDiskAreLeaks() throws IOException {
    HandMadeVhd vhd = disk();
    vhd.size = content.length - 2L * BLOCK;
    byte[] footer = vhd.footer();
    byte[] file = disk().build();
    System.arraycopy(footer, 0, file, 0, 512);
    System.arraycopy(footer, 0, file, file.length - 512, 512);
    MemoryStorage storage = MemoryStorage.of("stray", file);
    assertRepaired(repair(storage, Repair.LEAKS), 0, 2);
    assertEquals(-1, entry(storage, 4));
    resize(storage, content.length);
    Arrays.fill(content, 4 * BLOCK, content.length, (byte) 0);
    assertArrayEquals(content, read(storage));
  }

  @Test
  void aDamagedImageIsRepairedBeforeItIsResized() throws IOException {
    MemoryStorage storage = disk().storage("damaged");
    putEntry(storage, 2, entry(storage, 1));
    byte[] before = storage.toByteArray();
    assertThrows(CorruptImageException.class, () -> resize(storage, 1L << 20));
    assertArrayEquals(before, storage.toByteArray());
  }

  @Test
  void aDifferencingDiskKeepsItsParentsSize() throws IOException {
    HandMadeVhd vhd = disk();
    vhd.type = 4;
    MemoryStorage storage = vhd.storage("child");
    assertThrows(UnsupportedFeatureException.class, () -> resize(storage, 1L << 20));
    assertArrayEquals(vhd.build(), storage.toByteArray());
  }

  @Test
  void aDiskWhoseSizeIsItsGeometryGrowsToTheNextOne() throws IOException {
    HandMadeVhd vhd = new HandMadeVhd(4L * 17 * 512 * 60);
    vhd.creator = "qemu";
    vhd.geometry = new int[] {60, 4, 17};
    MemoryStorage storage = vhd.storage("qemu");
    resize(storage, 3_000_000);
    long size = VhdReadTest.open(storage).info().virtualSize();
    assertEquals(4L * 17 * 512 * 87, size);
    assertEquals("87/4/17", VhdReadTest.open(storage).info().more().get("geometry"));
  }

  @ParameterizedTest
  @ValueSource(ints = {7, 130, 100_000})
  void aBatmapStaysRightBehindItsTable(int blocks) throws IOException {
    HandMadeVhd vhd = disk();
    vhd.batmap = new byte[512];
    vhd.batmap[0] = (byte) 0xFC;
    MemoryStorage storage = vhd.storage("xen");
    resize(storage, (long) blocks * BLOCK);
    VhdHead head = VhdHead.read(storage, Limits.DEFAULT);
    Batmap batmap = Batmap.read(head).orElseThrow();
    assertTrue(batmap.holds(blocks));
    assertTrue(batmap.isFull(5));
    assertFalse(batmap.isFull(6));
    resize(storage, 3L * BLOCK);
    batmap = Batmap.read(VhdHead.read(storage, Limits.DEFAULT)).orElseThrow();
    assertTrue(batmap.isFull(2));
    assertFalse(batmap.isFull(3));
    assertArrayEquals(Arrays.copyOf(content, 3 * BLOCK), read(storage));
  }

  @Test
  void sizesAndWaysOfReservingThatTheFormatDoesNotHaveAreRefused() throws IOException {
    MemoryStorage storage = disk().storage("disk");
    byte[] before = storage.toByteArray();
    ImageEditor editor = FORMAT.edit(storage, EditRequest.strict());
    assertThrows(
        IllegalOptionException.class, () -> editor.resize(new ResizeRequest((2040L << 30) + 512)));
    for (Preallocation mode : Preallocation.values()) {
      if (mode != Preallocation.OFF) {
        assertThrows(
            IllegalOptionException.class,
            () -> editor.resize(new ResizeRequest(1L << 20, mode, Optional.empty())),
            mode.word());
      }
    }
    assertArrayEquals(before, storage.toByteArray());
  }

  /**
   * A block whose place was behind all others would else get what a copy of another one, or the old
   * footer, leaves there.
   */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2})
  void aBlockThatIsNowhereNeverHoldsWhatIsAnothers(int sectorsBefore) throws IOException {
    byte[] image = disk().build();
    MemoryStorage damaged = MemoryStorage.of("lost.vhd", image);
    putEntry(damaged, 1, entry(damaged, 0));
    int behind = (image.length - HandMadeVhd.FOOTER) / 512;
    putEntry(damaged, BLOCKS - 1, behind - sectorsBefore);
    RecordingStorage storage = new RecordingStorage("lost.vhd", damaged.toByteArray());
    try (ImageEditor editor = FORMAT.edit(storage, EditRequest.strict())) {
      editor.repair(Repair.ALL);
    }
    PowerCuts.everywhere(
        storage,
        (medium, syncs) -> {
          byte[] last = new byte[BLOCK];
          try (DiskImage left = FORMAT.open(medium, OpenRequest.strict());
              GuestReader reader = new GuestReader()) {
            reader.read(left.map(), (BLOCKS - 1) * BLOCK, MemorySegment.ofArray(last));
          } catch (CorruptImageException e) {
            return; // It is still known to be lost.
          }
          assertArrayEquals(new byte[BLOCK], last);
        });
  }

  @Test
  void aDifferencingDiskStaysAsLargeAsItsParent() throws IOException {
    HandMadeVhd child = disk();
    child.type = 4;
    child.parentName = "parent.vhd";
    byte[] image = child.build();
    for (long size : new long[] {2L * content.length, BLOCK}) {
      MemoryStorage storage = MemoryStorage.of("child.vhd", image);
      UnsupportedFeatureException refused =
          assertThrows(UnsupportedFeatureException.class, () -> resize(storage, size));
      assertTrue(refused.getMessage().contains("child.vhd: a differencing disk must stay"));
      assertArrayEquals(image, storage.toByteArray());
    }
  }
}
