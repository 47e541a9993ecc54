package dev.platter.qcow2;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.platter.image.CheckReport;
import dev.platter.image.DiskImage;
import dev.platter.image.spi.OpenRequest;
import dev.platter.storage.FileStorage;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The check finds what qemu-img check finds, in the same words and with the same counters. */
@Tag("interop")
class Qcow2CheckInteropTest {
  @TempDir Path directory;

  /** One number overwritten in an image. */
  record Lie(String what, long offset, int bytes, long value) {}

  /**
   * Clusters of the standard image: 0 header, 1 refcount table, 2 refcount block, 3 L1, 4 L2, 5 to
   * 7 data.
   */
  static Stream<Lie> standardLies() {
    return Stream.of(
        new Lie("nothing wrong", 0x40000, 8, 0x8000000000050000L),
        new Lie("refcount of an L2 table too high", 0x20008, 2, 3),
        new Lie("refcount of an L2 table too low", 0x20008, 2, 0),
        new Lie("refcount of a data cluster too high", 0x2000a, 2, 2),
        new Lie("refcount of a data cluster too low", 0x2000a, 2, 0),
        new Lie("leaked cluster past all others", 0x20010, 2, 1),
        new Lie("leaked cluster past the end of the file", 0x20100, 2, 1),
        new Lie("no COPIED flag in L1", 0x30000, 8, 0x40000),
        new Lie("no COPIED flag in L2", 0x40000, 8, 0x50000),
        new Lie("unaligned data", 0x40000, 8, 0x8000000000050200L),
        new Lie("unaligned preallocated zero", 0x40040, 8, 0x8000000000050201L),
        new Lie("refcount block past the end", 0x10008, 8, 0x12340000),
        new Lie("refcount block named twice", 0x10008, 8, 0x20000),
        new Lie("reserved bit in the refcount table", 0x10000, 8, 0x20001),
        new Lie("unaligned refcount block", 0x10000, 8, 0x20200),
        new Lie("reserved bits in L1", 0x30000, 8, 0x8100000000040001L),
        new Lie("reserved bits in L2", 0x40000, 8, 0x81000000000500feL),
        new Lie("data cluster named twice", 0x40010, 8, 0x8000000000050000L),
        new Lie("data over an L2 table", 0x40010, 8, 0x8000000000040000L),
        new Lie("data over the header, flag only", 0x40010, 8, 0x8000000000000000L),
        new Lie("data over the refcount table", 0x40010, 8, 0x8000000000010000L),
        new Lie("L2 table over the L1 table", 0x30000, 8, 0x8000000000030000L),
        new Lie("compressed over data", 0x40010, 8, 0x4000000000050000L),
        new Lie("compressed with COPIED", 0x40010, 8, 0xC000000000050000L),
        new Lie("compressed far away", 0x40010, 8, 0x7ff0000000050000L),
        new Lie("compressed past the end", 0x40010, 8, 0x4040000012345678L),
        new Lie("data at the end of the file", 0x40010, 8, 0x8000000000080000L),
        new Lie("data past the end", 0x40010, 8, 0x8000000012340000L),
        new Lie("L2 table past the end", 0x30000, 8, 0x8000000012340000L),
        new Lie("L1 table past the end", 40, 8, 0x12340000),
        new Lie("refcount table past the end", 48, 8, 0x12340000),
        new Lie("preallocated zero over data", 0x40040, 8, 0x8000000000050001L),
        new Lie("dirty", 72, 8, 1),
        new Lie("corrupt", 72, 8, 2));
  }

  @ParameterizedTest
  @MethodSource("standardLies")
  void findsWhatQemuFindsInAStandardImage(Lie lie) throws IOException {
    QemuImage image =
        QemuImage.create(
            directory,
            "a.qcow2",
            "",
            "4M",
            "write -P 1 0 128k",
            "write -P 2 1M 64k",
            "write -z 512k 64k");
    assertSameReport(image.put(lie.offset, lie.bytes, lie.value));
  }

  /** Clusters as before; L2 entries 0, 1 data, 4 compressed. */
  static Stream<Lie> subclusterLies() {
    return Stream.of(
        new Lie("nothing wrong", 0x40010, 8, 0x8000000000060000L),
        new Lie("both bits of a subcluster", 0x40008, 8, 0x1ffffffffL),
        new Lie("subclusters without a cluster", 0x40000, 8, 0),
        new Lie("bit 0, which means nothing here", 0x40000, 8, 0x8000000000050001L),
        new Lie("compressed with a bitmap", 0x40048, 8, 1),
        new Lie("unaligned data", 0x40000, 8, 0x8000000000050200L),
        new Lie("zero subclusters without a cluster", 0x40028, 8, 0xffffffff00000000L));
  }

  @ParameterizedTest
  @MethodSource("subclusterLies")
  void findsWhatQemuFindsInAnImageWithSubclusters(Lie lie) throws IOException {
    QemuImage image =
        QemuImage.create(
            directory,
            "a.qcow2",
            "extended_l2=on",
            "4M",
            "write -P 1 0 128k",
            "write -c -P 2 256k 64k");
    assertSameReport(image.put(lie.offset, lie.bytes, lie.value));
  }

  static Stream<Lie> dataFileLies() {
    return Stream.of(
        new Lie("nothing wrong", 0x40000, 8, 0x8000000000000000L),
        new Lie("another place than the guest's", 0x40000, 8, 0x8000000000010000L),
        new Lie("compressed", 0x40000, 8, 0x4000000000010000L),
        new Lie("no COPIED flag", 0x40008, 8, 0x10000),
        new Lie("zero with a flag", 0x40040, 8, 0x8000000000000001L));
  }

  @ParameterizedTest
  @MethodSource("dataFileLies")
  void findsWhatQemuFindsInAnImageWithADataFile(Lie lie) throws IOException {
    QemuImage image =
        QemuImage.create(
            directory,
            "a.qcow2",
            "data_file=a.raw",
            "4M",
            "write -P 1 0 128k",
            "write -P 2 256k 64k",
            "write -z 512k 64k");
    assertSameReport(image.put(lie.offset, lie.bytes, lie.value));
  }

  /** Offsets are relative to the snapshot table; entry 0 has 68 bytes and padding. */
  static Stream<Lie> snapshotLies() {
    return Stream.of(
        new Lie("nothing wrong", 48, 8, 0x400000),
        new Lie("unaligned L1 table", 0, 8, 0x200),
        new Lie("L1 table too large", 8, 4, 0x500000),
        new Lie("L1 table of nothing", 8, 4, 0),
        new Lie("L1 table past the end", 0, 8, 0x12340000),
        new Lie("disk size that cannot be", 48, 8, 0x10000000000L));
  }

  @ParameterizedTest
  @MethodSource("snapshotLies")
  void findsWhatQemuFindsInAnImageWithSnapshots(Lie lie) throws IOException {
    QemuImage image = imageWithSnapshots();
    assertSameReport(image.put(image.number(64) + lie.offset, lie.bytes, lie.value));
  }

  @Test
  void findsSnapshotTablesPastTheEnd() throws IOException {
    assertSameReport(imageWithSnapshots().put(64, 8, 0x12340000));
  }

  @Test
  void findsSnapshotsThatAreNotThere() throws IOException {
    assertSameReport(imageWithSnapshots().put(60, 4, 3));
  }

  private QemuImage imageWithSnapshots() {
    QemuImage image =
        QemuImage.create(directory, "a.qcow2", "", "4M", "write -P 1 0 128k", "write -z 512k 64k");
    image.img("snapshot", "-c", "one", image.path());
    image.io("write -P 3 64k 64k", "write -c -P 4 2M 64k", "write -c -P 5 2112k 64k");
    image.img("snapshot", "-c", "two", image.path());
    image.io("write -P 6 0 64k");
    return image;
  }

  @Test
  void findsReferencesThatOverflowNarrowRefcounts() throws IOException {
    QemuImage image =
        QemuImage.create(directory, "a.qcow2", "refcount_bits=1", "4M", "write 0 128k");
    assertSameReport(
        image.put(0x40010, 8, 0x8000000000050000L).put(0x40018, 8, 0x8000000000050000L));
  }

  @Test
  void findsLostBitmapTables() throws IOException {
    QemuImage image = QemuImage.create(directory, "a.qcow2", "", "64M", "write 0 128k");
    image.img("bitmap", "--add", image.path(), "one");
    image.img("bitmap", "--add", "--disable", "-g", "512", image.path(), "two");
    image.io("write 1M 64k");
    assertSameReport(image);
    assertSameReport(image.put(88, 8, 0));
  }

  @ParameterizedTest
  @MethodSource("goldenNames")
  void agreesOnGoldenImages(String name) throws IOException {
    Golden.copyTo(directory);
    assertSameReport(new QemuImage(directory.resolve(name)));
  }

  static Stream<String> goldenNames() throws IOException {
    return Golden.digests().keySet().stream().filter(name -> !name.contains("@"));
  }

  static Stream<Arguments> kinds() {
    return Stream.of(
        Arguments.of("cluster_size=512,refcount_bits=8", 1L),
        Arguments.of("cluster_size=4096,refcount_bits=32", 2L),
        Arguments.of("cluster_size=64k,extended_l2=on,refcount_bits=32", 3L),
        Arguments.of("cluster_size=2M,refcount_bits=64", 4L),
        Arguments.of("compat=0.10,cluster_size=1k", 5L),
        Arguments.of("cluster_size=16k,compression_type=zstd,refcount_bits=16", 6L));
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void agreesOnImagesThatWereWrittenAtRandom(String options, long seed) throws IOException {
    QemuImage image = QemuImage.create(directory, "a.qcow2", options, "8M");
    Random random = new Random(seed);
    for (int round = 0; round < 2; round++) {
      image.tryIo(RandomCommands.commands(random, 8 << 20, 40).toArray(String[]::new));
      image.img("snapshot", "-c", "s" + round, image.path());
    }
    image.tryIo(RandomCommands.commands(random, 8 << 20, 20).toArray(String[]::new));
    assertSameReport(image);
    image.img("snapshot", "-d", "s0", image.path());
    assertSameReport(image);
  }

  private static void assertSameReport(QemuImage image) throws IOException {
    QemuImage.Check expected = image.check();
    CheckReport found;
    try (Storage storage = FileStorage.openForReading(image.path());
        DiskImage disk = new Qcow2Format().open(storage, OpenRequest.strict())) {
      found = disk.check().orElseThrow();
    }
    assertEquals(text(expected), text(found));
  }

  private static String text(QemuImage.Check check) {
    List<String> lines = new ArrayList<>();
    for (String key :
        List.of(
            "image-end-offset",
            "total-clusters",
            "allocated-clusters",
            "fragmented-clusters",
            "compressed-clusters",
            "corruptions",
            "leaks",
            "check-errors")) {
      lines.add(key + " " + check.number(key));
    }
    lines.addAll(check.lines());
    return String.join("\n", lines);
  }

  private static String text(CheckReport report) {
    List<String> lines = new ArrayList<>();
    lines.add("image-end-offset " + report.imageEndOffset());
    lines.add("total-clusters " + report.totalClusters());
    lines.add("allocated-clusters " + report.allocatedClusters());
    lines.add("fragmented-clusters " + report.fragmentedClusters());
    lines.add("compressed-clusters " + report.compressedClusters());
    lines.add("corruptions " + report.corruptions());
    lines.add("leaks " + report.leaks());
    lines.add("check-errors " + report.checkErrors());
    lines.addAll(report.messages().stream().distinct().sorted().toList());
    return String.join("\n", lines);
  }
}
