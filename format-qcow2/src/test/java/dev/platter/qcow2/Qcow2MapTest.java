package dev.platter.qcow2;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.codec.Encoding;
import dev.platter.image.BlockMap;
import dev.platter.image.CorruptImageException;
import dev.platter.image.Extent;
import dev.platter.image.Limits;
import dev.platter.image.Reference;
import dev.platter.image.spi.OpenRequest;
import dev.platter.qcow2.format.Entries;
import dev.platter.qcow2.format.HeaderExtension;
import dev.platter.qcow2.format.Qcow2Header;
import dev.platter.storage.MemoryStorage;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How entries become extents, seen on images made by hand. */
class Qcow2MapTest {
  private static final int CLUSTER = 512;

  private static String extents(BlockMap map) throws IOException {
    StringBuilder text = new StringBuilder();
    long at = 0;
    while (at < map.size()) {
      Extent extent = map.extentAt(at, map.size());
      text.append(
          switch (extent) {
            case Extent.Data data -> "data " + data.length() + " at " + data.hostOffset();
            case Extent.Encoded unit ->
                unit.encoding()
                    + " "
                    + unit.length()
                    + " of "
                    + unit.decodedLength()
                    + " at "
                    + unit.hostOffset()
                    + "+"
                    + unit.hostLength();
            case Extent.Ciphered run -> "ciphered " + run.length() + " at " + run.hostOffset();
            case Extent.Zero zero -> "zero " + zero.length() + " at " + zero.hostOffset();
            case Extent.Absent absent -> "absent " + absent.length();
          });
      text.append("; ");
      at = extent.end();
    }
    return text.toString();
  }

  @Test
  void joinsClustersThatFollowEachOtherOnTheHost() throws IOException {
    BlockMap map = HandMadeImage.small().data(0, 5).data(1, 6).data(2, 8).data(3, 7).open().map();
    assertEquals(
        "data 1024 at 2560; data 512 at 4096; data 512 at 3584; absent 30720; ", extents(map));
  }

  @Test
  void keepsZerosWithAndWithoutSpaceApart() throws IOException {
    BlockMap map =
        HandMadeImage.small()
            .l2(0, 1)
            .l2(1, 1)
            .l2(2, 5 * CLUSTER | 1 | Entries.COPIED)
            .l2(3, 6 * CLUSTER | 1 | Entries.COPIED)
            .open()
            .map();
    assertEquals("zero 1024 at -1; zero 1024 at 2560; absent 30720; ", extents(map));
  }

  @Test
  void givesEachCompressedClusterItsSectors() throws IOException {
    BlockMap map =
        HandMadeImage.small()
            .l2(0, Entries.compressedEntry(2560, 100, 9))
            .l2(1, Entries.compressedEntry(2660, 420, 9))
            .l2(2, Entries.compressedEntry(8100, 60, 9))
            .open()
            .map();
    // The last one's final sector is cut by the end of the file.
    assertEquals(
        "DEFLATE 512 of 512 at 2560+512; DEFLATE 512 of 512 at 2660+924;"
            + " DEFLATE 512 of 512 at 8100+92; absent 31232; ",
        extents(map));
  }

  @Test
  void cutsACompressedClusterAtTheEndOfTheDiskAndAtTheQuery() throws IOException {
    HandMadeImage image = new HandMadeImage(3, 9, 700, 16);
    image.l2(1, Entries.compressedEntry(2560, 100, 9));
    BlockMap map = image.open().map();
    Extent.Encoded last = (Extent.Encoded) map.extentAt(600, 650);
    assertEquals(50, last.length());
    assertEquals(88, last.skip());
    assertEquals(512, last.decodedLength());
    assertEquals(188, map.extentAt(512, 700).length());
    assertEquals(Encoding.DEFLATE, last.encoding());
  }

  @Test
  void passesOverUnmappedTablesInOneStep() throws IOException {
    // Each L1 entry maps 32 KiB; only the last but one has a table.
    int entries = 1 << 16;
    HandMadeImage image = new HandMadeImage(3, 9, 32768L * entries, 8 + entries / 64);
    image.number(40, 8, 8 * CLUSTER);
    image.bytes(8 * CLUSTER, new byte[8 * entries]);
    image.number(8 * CLUSTER + 8L * (entries - 2), 8, 4 * CLUSTER | Entries.COPIED);
    image.data(3, 5);
    BlockMap map = image.open().map();
    long before = 32768L * (entries - 2) + 3 * CLUSTER;
    assertEquals(
        "absent " + before + "; data 512 at 2560; absent " + (map.size() - before - CLUSTER) + "; ",
        extents(map));
  }

  @Test
  void answersFromTheMiddleOfAnythingUpToTheLimit() throws IOException {
    BlockMap map = HandMadeImage.small().data(0, 5).data(1, 6).open().map();
    Extent.Data data = (Extent.Data) map.extentAt(100, 900);
    assertEquals(100, data.offset());
    assertEquals(900, data.end());
    assertEquals(2560 + 100, data.hostOffset());
    assertThrows(IllegalArgumentException.class, () -> map.extentAt(5, 5));
    assertThrows(IllegalArgumentException.class, () -> map.extentAt(0, map.size() + 1));
    assertThrows(IllegalArgumentException.class, () -> map.extentAt(-1, 5));
  }

  @Test
  void readsSubclustersOneByOne() throws IOException {
    HandMadeImage image = new HandMadeImage(3, 14, 1 << 20, 8).number(72, 8, 16);
    // Cluster 0: subclusters 0 and 1 stored, 2 zero, 31 stored; the rest absent.
    image.l2(0, 5 << 14 | Entries.COPIED).l2(1, 0x80000003L | 4L << 32);
    // Cluster 1: all stored, following; cluster 2: zero without a place.
    image.l2(2, 6 << 14 | Entries.COPIED).l2(3, 0xffffffffL);
    image.l2(5, 0xffffffff00000000L);
    assertEquals(
        "data 1024 at 81920; zero 512 at 82944; absent 14336; data 16896 at 97792;"
            + " zero 16384 at -1; absent 999424; ",
        extents(image.open().map()));
  }

  @Test
  void answersWithWhatIsRightBeforeItFailsAtWhatIsWrong() throws IOException {
    BlockMap map = HandMadeImage.small().data(0, 5).l2(1, 0x9a0000).data(2, 6).open().map();
    assertEquals(512, map.extentAt(0, map.size()).length());
    CorruptImageException wrong =
        assertThrows(CorruptImageException.class, () -> map.extentAt(512, map.size()));
    assertEquals(
        "qcow2 a.img: L2 entry 1 at 0x808 points past the end of the file (0x9a0000 >= 0x2000)",
        wrong.getMessage());
    assertEquals(512, map.extentAt(1024, 1536).length());
  }

  @Test
  void opensTheDataFileOnceWhenTheMapIsAskedFor() throws IOException {
    List<Reference> asked = new ArrayList<>();
    MemoryStorage data = MemoryStorage.of("data", new byte[700]);
    OpenRequest request =
        new OpenRequest(
            Limits.DEFAULT,
            reference -> {
              asked.add(reference);
              return data;
            });
    HandMadeImage image =
        HandMadeImage.small()
            .number(72, 8, 4)
            .number(104, 4, HeaderExtension.DATA_FILE_NAME)
            .number(108, 4, 4)
            .text(112, "data")
            .l2(0, Entries.COPIED)
            .l2(1, 512 | Entries.COPIED)
            .l2(2, 1024 | Entries.COPIED);
    try (var disk = image.open(request)) {
      disk.info();
      assertTrue(asked.isEmpty());
      assertSame(disk.map(), disk.map());
      assertEquals(List.of(new Reference(Reference.Kind.DATA_FILE, "data", "a.img")), asked);
      // What the data file lacks is zero, as in any raw disk.
      assertEquals("data 700 at 0; zero 836 at 700; absent 31232; ", extents(disk.map()));
      Storage used = ((Extent.Data) disk.map().extentAt(0, 512)).storage();
      assertSame(data, used);
    }
  }

  @Test
  void writesAHeaderAsItReadsIt() throws IOException {
    Qcow2Header header =
        new Qcow2Header(
            3, 0x130, 17, 16, 1L << 40, 2, 0x2000, 0x30000, 0x10000, 1, 5, 0x90000, 0x1f, 1, 3, 5,
            112, 1);
    byte[] bytes = new byte[112];
    header.writeTo(MemorySegment.ofArray(bytes));
    assertEquals(header, Qcow2Header.parse(MemorySegment.ofArray(bytes), "a.img"));
    byte[] again = new byte[112];
    Qcow2Header.parse(MemorySegment.ofArray(bytes), "a.img").writeTo(MemorySegment.ofArray(again));
    assertArrayEquals(bytes, again);
  }
}
