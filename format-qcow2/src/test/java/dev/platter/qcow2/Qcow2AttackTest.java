package dev.platter.qcow2;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.image.BlockMap;
import dev.platter.image.CorruptImageException;
import dev.platter.image.DiskImage;
import dev.platter.image.ImageException;
import dev.platter.image.UnsupportedFeatureException;
import dev.platter.image.disk.GuestReader;
import dev.platter.image.spi.OpenRequest;
import dev.platter.qcow2.format.Entries;
import dev.platter.qcow2.format.HeaderExtension;
import dev.platter.storage.MemoryStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** One lie each, told in an image that is otherwise right. */
class Qcow2AttackTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  /**
   * A lie and the answer to it.
   *
   * @param words what the message must say
   */
  record Lie(String name, Class<? extends ImageException> kind, String words, HandMadeImage image) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static HandMadeImage good() {
    return HandMadeImage.small().data(0, 5).data(1, 6).l2(3, 1).data(63, 7);
  }

  private static Lie corrupt(String name, String words, HandMadeImage image) {
    return new Lie(name, CorruptImageException.class, words, image);
  }

  private static Lie unsupported(String name, String words, HandMadeImage image) {
    return new Lie(name, UnsupportedFeatureException.class, words, image);
  }

  static Stream<Lie> headerLies() {
    return Stream.of(
        corrupt("empty file", "the file has 0 bytes", good().cut(0)),
        corrupt("file ends in the header", "the file has 71 bytes", good().cut(71)),
        corrupt("file ends in a version 3 header", "version 3 header needs", good().cut(100)),
        corrupt("no magic", "not in qcow2 format", good().number(0, 4, 0)),
        corrupt("version 1", "Unsupported qcow2 version 1", good().number(4, 4, 1)),
        corrupt("version 4", "Unsupported qcow2 version 4", good().number(4, 4, 4)),
        corrupt("clusters of 256 bytes", "cluster size: 2^8", good().number(20, 4, 8)),
        corrupt("clusters of 4 MiB", "cluster size: 2^22", good().number(20, 4, 22)),
        corrupt("cluster bits of -1", "cluster size: 2^4294967295", good().number(20, 4, -1)),
        corrupt("header too short", "header too short: 103", good().number(100, 4, 103)),
        corrupt("header of -1 bytes", "exceeds cluster size", good().number(100, 4, -1)),
        corrupt("header past the cluster", "exceeds cluster size", good().number(100, 4, 513)),
        corrupt(
            "extension past the cluster",
            "extension 0x99 at 0x68",
            good().number(104, 4, 0x99).number(108, 4, 0x7fffffff)),
        corrupt(
            "extension of -1 bytes",
            "Header extension too large",
            good().number(104, 4, 0x99).number(108, 4, -1)),
        corrupt(
            "backing name past the cluster",
            "Invalid backing file offset: 0x201",
            good().number(8, 8, 513)),
        corrupt(
            "backing name at a negative offset",
            "Invalid backing file offset",
            good().number(8, 8, -1)),
        corrupt(
            "backing name too long",
            "Backing file name too long: 1024",
            good().number(8, 8, 300).number(16, 4, 1024)),
        corrupt(
            "backing name past the cluster's end",
            "Backing file name too long: 213 > 212",
            good().number(8, 8, 300).number(16, 4, 213)),
        corrupt(
            "negative size",
            "Image is too big: 9223372036854775808",
            good().number(24, 8, Long.MIN_VALUE)),
        corrupt("largest size", "Image is too big", good().number(24, 8, Long.MAX_VALUE)),
        corrupt(
            "L1 table smaller than the disk",
            "L1 table is too small: 1 entries, 2 are needed",
            good().number(24, 8, 64 * 512 + 1)),
        corrupt("no L1 table", "L1 table is too small: 0", good().number(36, 4, 0)),
        corrupt(
            "L1 table over 32 MiB",
            "Active L1 table too large: 33554440",
            good().number(36, 4, 0x400001)),
        corrupt("L1 table of -1 entries", "Active L1 table too large", good().number(36, 4, -1)),
        corrupt(
            "unaligned L1 table", "L1 table offset invalid: 0x601", good().number(40, 8, 0x601)),
        corrupt(
            "L1 table at a negative offset",
            "L1 table offset invalid",
            good().number(40, 8, 0x8000000000000600L)),
        corrupt(
            "L1 table past the end",
            "active L1 table at 0x40000000 ends past",
            good().number(40, 8, 1 << 30)),
        corrupt(
            "no refcount table",
            "does not contain a reference count table",
            good().number(56, 4, 0)),
        corrupt(
            "refcount table over 8 MiB",
            "Reference count table too large: 8389120",
            good().number(56, 4, 16385)),
        corrupt(
            "unaligned refcount table",
            "Reference count table offset invalid: 0x201",
            good().number(48, 8, 0x201)),
        corrupt(
            "too many snapshots",
            "Snapshot table too large: 65537 snapshots",
            good().number(60, 4, 65537)),
        corrupt("-1 snapshots", "Snapshot table too large: 4294967295", good().number(60, 4, -1)),
        corrupt(
            "unaligned snapshot table",
            "Snapshot table offset invalid: 0x11",
            good().number(60, 4, 1).number(64, 8, 17)),
        corrupt(
            "snapshot table past the end",
            "snapshot table entry 0 at 0x40000000 ends past",
            good().number(60, 4, 1).number(64, 8, 1 << 30)),
        corrupt("refcounts of 128 bits", "may not exceed 64 bits: 2^7", good().number(96, 4, 7)),
        corrupt("refcounts of -1 bits", "may not exceed 64 bits", good().number(96, 4, -1)),
        corrupt("compression bit without a type", "bit must not be set", good().number(72, 8, 8)),
        corrupt(
            "compression type without the bit",
            "bit must be set",
            good().number(100, 4, 112).number(104, 1, 1)),
        unsupported(
            "unknown compression type",
            "unknown compression type: 9",
            good().number(100, 4, 112).number(104, 1, 9).number(72, 8, 8)),
        corrupt(
            "subclusters of 16 bytes",
            "too small for extended L2 entries",
            good().number(72, 8, 16)),
        unsupported(
            "unknown encryption", "Unsupported encryption method 3", good().number(32, 4, 3)),
        corrupt(
            "encrypted with LUKS without a LUKS header",
            "Missing CRYPTO header",
            good().number(32, 4, 2)),
        unsupported(
            "unknown feature without a name",
            "Unsupported qcow2 feature(s): Unknown incompatible feature: 20",
            good().number(72, 8, 0x21)),
        unsupported(
            "unknown features, one with a name",
            "Unsupported qcow2 feature(s): time travel, Unknown incompatible feature: 40",
            good()
                .number(72, 8, 0x60)
                .number(104, 4, HeaderExtension.FEATURE_NAMES)
                .number(108, 4, 48)
                .number(113, 1, 5)
                .text(114, "time travel")),
        corrupt("data file without a name", "'data-file' is required", good().number(72, 8, 4)));
  }

  static Stream<Lie> tableLies() {
    return Stream.of(
        corrupt(
            "L2 table past the end",
            "L1 entry 0 at 0x600: the L2 table ends past the end",
            good().number(0x600, 8, 0x8000000000010000L)),
        corrupt(
            "L2 table over the end",
            "(0x2200 > 0x2100)",
            good().cut(0x2100).number(0x600, 8, 0x2000)),
        corrupt(
            "L2 table unaligned",
            "L2 table offset",
            new HandMadeImage(3, 12, 1 << 20, 12).number(0x3000, 8, 0x4200)),
        corrupt(
            "data past the end",
            "L2 entry 1 at 0x808 points past the end of the file",
            good().l2(1, 0x9a0000)),
        corrupt(
            "data at the largest offset", "points past the end", good().l2(1, Entries.OFFSET_MASK)),
        corrupt(
            "unaligned data",
            "L2 entry 2 at 0x4010: cluster allocation offset 0x5200",
            new HandMadeImage(3, 12, 1 << 20, 12).l2(2, 0x5200)),
        corrupt(
            "unaligned zero cluster",
            "unaligned",
            new HandMadeImage(3, 12, 1 << 20, 12).l2(2, 0x5201)),
        corrupt(
            "compressed past the end",
            "points past the end",
            good().l2(1, Entries.compressedEntry(0x123456, 100, 9))),
        corrupt(
            "compressed with bits past the offset",
            "points past the end",
            good().l2(1, Entries.COMPRESSED | 1L << 58)),
        corrupt(
            "compressed garbage",
            "compressed block",
            good().l2(1, Entries.compressedEntry(0xe00, 100, 9))),
        corrupt(
            "zero flag in version 2",
            "zero cluster entry found in pre-v3 image",
            new HandMadeImage(2, 9, 64 * 512, 16).l2(0, 1)),
        corrupt(
            "both bits of a subcluster",
            "invalid subcluster bitmap 0x100000001",
            extended().l2(0, 5 << 14 | Entries.COPIED).l2(1, 0x100000001L)),
        corrupt(
            "subclusters without a cluster",
            "without a host cluster",
            extended().l2(0, 0).l2(1, 2)));
  }

  /** Clusters of 16 KiB with subclusters of 512 bytes. */
  private static HandMadeImage extended() {
    return new HandMadeImage(3, 14, 1 << 24, 8).number(72, 8, 16);
  }

  @ParameterizedTest
  @MethodSource({"headerLies", "tableLies"})
  void refusesWithTheRightWords(Lie lie) {
    assertTimeoutPreemptively(
        PATIENCE,
        () -> {
          ImageException refused =
              assertThrows(lie.kind, () -> readAll(lie.image.storage()), lie.name);
          assertTrue(refused.getMessage().contains(lie.words), refused::getMessage);
          assertTrue(refused.getMessage().contains("a.img"), refused::getMessage);
          assertTrue(refused.getMessage().indexOf('\n') < 0, refused::getMessage);
        });
  }

  @Test
  void readsTheImageThatTheLiesAreToldIn() throws IOException {
    readAll(good().storage());
    readAll(extended().storage());
  }

  static Stream<Lie> bitmapLies() {
    return Stream.of(
        corrupt("no bitmaps", "zero bitmaps", bitmaps().number(112, 4, 0)),
        corrupt("too many bitmaps", "Image has 65536 bitmaps", bitmaps().number(112, 4, 65536)),
        corrupt("reserved field", "Reserved field is not zero", bitmaps().number(116, 4, 1)),
        corrupt(
            "directory too large",
            "exceeds the maximum supported size",
            bitmaps().number(120, 8, 1L << 40)),
        corrupt(
            "directory of negative size",
            "exceeds the maximum supported size",
            bitmaps().number(120, 8, -1)),
        corrupt(
            "directory past the end",
            "bitmap directory at 0x40000000 ends past",
            bitmaps().number(128, 8, 1 << 30)),
        corrupt(
            "directory unaligned",
            "invalid bitmap directory offset: 0x11",
            bitmaps().number(128, 8, 17)),
        corrupt("more bitmaps than told", "More bitmaps found", bitmaps().number(112, 4, 1)),
        corrupt("fewer bitmaps than told", "Less bitmaps found", bitmaps().number(112, 4, 3)),
        corrupt("extension cut", "Invalid extension length: 16", bitmaps().number(108, 4, 16)),
        corrupt(
            "entry past the directory",
            "Broken bitmap directory",
            bitmaps().number(0x1600 + 18, 2, 1000)),
        corrupt(
            "extra data of -1 bytes",
            "Broken bitmap directory",
            bitmaps().number(0x1600 + 20, 4, -1)),
        corrupt(
            "unknown flag", "doesn't satisfy the constraints", bitmaps().number(0x1600 + 12, 4, 8)),
        corrupt(
            "unknown type", "doesn't satisfy the constraints", bitmaps().number(0x1600 + 16, 1, 2)),
        corrupt("granularity of 2^40", "granularity 2^40", bitmaps().number(0x1600 + 17, 1, 40)),
        corrupt("no name", "name of 0 bytes", bitmaps().number(0x1600 + 18, 2, 0)),
        corrupt(
            "table unaligned",
            "doesn't satisfy the constraints",
            bitmaps().number(0x1600, 8, 0x1801)),
        corrupt(
            "table of -1 entries",
            "doesn't satisfy the constraints",
            bitmaps().number(0x1600 + 8, 4, -1)));
  }

  /** Two bitmaps: directory in cluster 11, tables in 12 and 13. */
  private static HandMadeImage bitmaps() {
    HandMadeImage image = good();
    image.number(88, 8, 1).number(104, 4, HeaderExtension.BITMAPS).number(108, 4, 24);
    image.number(112, 4, 2).number(116, 4, 0).number(120, 8, 64).number(128, 8, 11 * 512);
    for (int i = 0; i < 2; i++) {
      long at = 11L * 512 + 32L * i;
      image.number(at, 8, (12 + i) * 512).number(at + 8, 4, 1).number(at + 12, 4, 2);
      image
          .number(at + 16, 1, 1)
          .number(at + 17, 1, 16)
          .number(at + 18, 2, 2)
          .number(at + 20, 4, 0);
      image.text(at + 24, "b" + i + "\0\0\0\0\0\0");
    }
    return image;
  }

  @ParameterizedTest
  @MethodSource("bitmapLies")
  void refusesToDescribeBitmapsThatCannotBe(Lie lie) throws IOException {
    bitmaps().open().info();
    assertTimeoutPreemptively(
        PATIENCE,
        () -> {
          ImageException refused = assertThrows(lie.kind, () -> lie.image.open().info());
          assertTrue(refused.getMessage().contains(lie.words), refused::getMessage);
        });
  }

  @Test
  void aDataClusterCutByTheEndOfTheFileReadsAsZerosThere() throws IOException {
    HandMadeImage image = good().cut(7 * 512 + 100);
    MemorySegment cluster = MemorySegment.ofArray(new byte[512]);
    try (GuestReader reader = new GuestReader();
        DiskImage disk = image.open()) {
      reader.read(disk.map(), 63 * 512, cluster);
    }
    byte[] expected = new byte[512];
    Arrays.fill(expected, 0, 100, (byte) 7);
    assertArrayEquals(expected, cluster.toArray(ValueLayout.JAVA_BYTE));
  }

  @Test
  void checksAnL2TableThatIsNamedFourMillionTimesInAMoment() throws IOException {
    // 32 MiB of L1 entries that all name one table full of entries: 2^28 clusters if each is
    // followed.
    int entries = 1 << 19;
    HandMadeImage image = new HandMadeImage(3, 9, 512L * 64 * entries, 8 + entries / 64);
    image.number(40, 8, 8 * 512);
    for (int i = 0; i < entries; i++) {
      image.number(8 * 512 + 8L * i, 8, 4 * 512);
    }
    for (int i = 0; i < 64; i++) {
      image.l2(i, 5 * 512);
    }
    assertTimeoutPreemptively(
        PATIENCE, () -> assertTrue(image.open().check().orElseThrow().corruptions() > entries));
  }

  @Test
  void checksManySnapshotsOfOneTableInAMoment() throws IOException {
    int count = 65536;
    int tableClusters = count * 56 / 512 + 1;
    HandMadeImage image = new HandMadeImage(3, 9, 64 * 512, 8 + tableClusters);
    image.number(60, 4, count).number(64, 8, 8 * 512);
    for (int i = 0; i < count; i++) {
      long at = 8 * 512 + 56L * i;
      image.bytes(at, new byte[56]);
      image.number(at, 8, 3 * 512).number(at + 8, 4, 64).number(at + 36, 4, 16);
    }
    assertTimeoutPreemptively(
        PATIENCE, () -> assertTrue(image.open().check().orElseThrow().corruptions() > 0));
  }

  @Property(tries = 300)
  void whateverIsOverwrittenNothingButAnImageErrorComesOut(@ForAll long seed) {
    Random random = new Random(seed);
    HandMadeImage image =
        random.nextBoolean() ? bitmaps() : good().l2(5, Entries.COMPRESSED | 0xe00);
    for (int i = random.nextInt(4); i >= 0; i--) {
      long where = random.nextInt(3) == 0 ? random.nextInt(0x2000 - 8) : random.nextInt(0x60) * 2;
      long value = random.nextBoolean() ? random.nextLong() : random.nextInt(0x4000) & -256;
      image.number(where, 1 << random.nextInt(4), value);
    }
    assertTimeoutPreemptively(
        PATIENCE,
        () -> {
          try {
            readAll(image.storage());
            image.open().check();
          } catch (ImageException expected) {
            assertTrue(expected.getMessage().contains("a.img"), expected::getMessage);
          }
        });
  }

  private static void readAll(MemoryStorage storage) throws IOException {
    try (DiskImage image = new Qcow2Format().open(storage, OpenRequest.strict());
        GuestReader reader = new GuestReader()) {
      image.info();
      image.parent();
      BlockMap map = image.map();
      MemorySegment buffer = MemorySegment.ofArray(new byte[1 << 16]);
      long end = Math.min(map.size(), 1 << 22);
      for (long at = 0; at < end; at += buffer.byteSize()) {
        reader.read(map, at, buffer.asSlice(0, Math.min(buffer.byteSize(), end - at)));
      }
    }
  }
}
