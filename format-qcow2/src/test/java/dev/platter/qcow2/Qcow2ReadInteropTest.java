package dev.platter.qcow2;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.platter.image.BlockMap;
import dev.platter.image.Extent;
import dev.platter.image.Snapshot;
import dev.platter.image.chain.ImageChain;
import dev.platter.image.disk.GuestReader;
import dev.platter.image.name.References;
import dev.platter.image.spi.ImageFormats;
import dev.platter.image.spi.StorageOpener;
import dev.platter.testdata.ExternalTool;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Images that qemu-io wrote here and there are read as qemu-img reads them. */
@Tag("interop")
class Qcow2ReadInteropTest {
  private static final int DISK = 8 << 20;

  @TempDir Path directory;

  static Stream<Arguments> kinds() {
    return Stream.of(
        Arguments.of("", 1L),
        Arguments.of("compat=0.10", 2L),
        Arguments.of("cluster_size=512", 33L),
        Arguments.of("cluster_size=2M", 4L),
        Arguments.of("extended_l2=on", 5L),
        Arguments.of("extended_l2=on,cluster_size=16k", 6L),
        Arguments.of("extended_l2=on,cluster_size=2M,compression_type=zstd", 7L),
        Arguments.of("compression_type=zstd,cluster_size=4k", 8L),
        Arguments.of("refcount_bits=64,cluster_size=8k,lazy_refcounts=on", 9L),
        Arguments.of("preallocation=metadata", 10L),
        Arguments.of("preallocation=metadata,extended_l2=on", 11L),
        Arguments.of("preallocation=falloc,cluster_size=128k", 12L));
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void readsWhatWasWrittenAtRandomAndTheSnapshotsBetween(String options, long seed)
      throws IOException {
    QemuImage image = QemuImage.create(directory, "a.qcow2", options, "8M");
    Random random = new Random(seed);
    for (int round = 1; round <= 2; round++) {
      image.tryIo(RandomCommands.commands(random, DISK, 40).toArray(String[]::new));
      image.img("snapshot", "-c", "s" + round, image.path());
    }
    image.tryIo(RandomCommands.commands(random, DISK, 30).toArray(String[]::new));
    assertSameContent(image, Optional.empty(), random);
    assertSameContent(image, Optional.of("s1"), random);
    assertSameContent(image, Optional.of("s2"), random);
    assertSameMap(image);
  }

  static Stream<String> dataFiles() {
    return Stream.of(
        "data_file=d.raw",
        "data_file=d.raw,data_file_raw=on",
        "data_file=d.raw,extended_l2=on,cluster_size=32k");
  }

  @ParameterizedTest
  @MethodSource("dataFiles")
  void readsWhatWasWrittenIntoADataFile(String options) throws IOException {
    QemuImage image = QemuImage.create(directory, "a.qcow2", options, "8M");
    Random random = new Random(options.hashCode());
    image.tryIo(RandomCommands.commands(random, DISK, 60).toArray(String[]::new));
    assertSameContent(image, Optional.empty(), random);
    assertSameMap(image);
  }

  static Stream<Arguments> chains() {
    return Stream.of(
        Arguments.of("cluster_size=512", "cluster_size=64k", "8M", "8M"),
        Arguments.of("compat=0.10", "extended_l2=on", "3M", "8M"),
        Arguments.of("extended_l2=on,cluster_size=16k", "cluster_size=4k", "7000k", "5M"),
        Arguments.of("compression_type=zstd", "cluster_size=2M,compat=0.10", "8M", "1500k"));
  }

  @ParameterizedTest
  @MethodSource("chains")
  void readsChainsOfDifferentKindsAndSizes(
      String middleOptions, String topOptions, String baseSize, String middleSize)
      throws IOException {
    Random random = new Random(middleOptions.hashCode());
    QemuImage base = QemuImage.create(directory, "base.qcow2", "", baseSize);
    base.tryIo(RandomCommands.commands(random, 1 << 20, 30).toArray(String[]::new));
    QemuImage middle =
        QemuImage.create(
            directory,
            "middle.qcow2",
            middleOptions + ",backing_file=base.qcow2,backing_fmt=qcow2",
            middleSize);
    middle.tryIo(RandomCommands.commands(random, 1 << 20, 20).toArray(String[]::new));
    QemuImage top =
        QemuImage.create(
            directory,
            "top.qcow2",
            topOptions + ",backing_file=middle.qcow2,backing_fmt=qcow2",
            "8M");
    top.tryIo(RandomCommands.commands(random, 2 << 20, 10).toArray(String[]::new));
    assertSameContent(top, Optional.empty(), random);
  }

  @Test
  void answersForAnEmptyDiskOf64TebibytesInOneGo() throws IOException {
    QemuImage image = QemuImage.create(directory, "a.qcow2", "", "64T", "write -P 1 63T 512");
    try (ImageChain chain = open(image)) {
      BlockMap map = chain.map();
      Extent before = map.extentAt(0, map.size());
      assertEquals(new Extent.Absent(0, 63L << 40), before);
      Extent data = map.extentAt(63L << 40, map.size());
      assertEquals(Extent.Data.class, data.getClass());
      assertEquals(1 << 16, data.length());
      assertEquals(
          new Extent.Absent(data.end(), map.size() - data.end()),
          map.extentAt(data.end(), map.size()));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"cluster_size=512", "cluster_size=64k", "cluster_size=2M", "compat=0.10"})
  void readsImagesThatNobodyEverWroteTo(String options) throws IOException {
    String size = options.endsWith("512") ? "100G" : "60T";
    QemuImage image = QemuImage.create(directory, "a.qcow2", options, size);
    try (ImageChain chain = open(image)) {
      BlockMap map = chain.map();
      assertEquals(new Extent.Absent(0, map.size()), map.extentAt(0, map.size()));
    }
  }

  private static ImageChain open(QemuImage image) throws IOException {
    return ImageChain.open(
        image.path(),
        ImageChain.Options.of(ImageFormats.present(), References.allow(), StorageOpener.READING));
  }

  private static void assertSameContent(QemuImage image, Optional<String> snapshot, Random random)
      throws IOException {
    Path raw = image.convertToRaw(snapshot);
    try (ImageChain chain = open(image);
        Arena arena = Arena.ofConfined();
        FileChannel channel = FileChannel.open(raw);
        GuestReader reader = new GuestReader()) {
      BlockMap map = snapshot.isEmpty() ? chain.map() : chain.map(named(chain, snapshot.get()));
      assertEquals(channel.size(), map.size());
      MemorySegment expected = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
      MemorySegment buffer = arena.allocate(1 << 20);
      long at = 0;
      while (at < map.size()) {
        long length =
            Math.min(map.size() - at, 512 * (1L + random.nextInt(1 << random.nextInt(12))));
        MemorySegment part = buffer.asSlice(0, Math.min(length, buffer.byteSize()));
        reader.read(map, at, part);
        long mismatch = part.mismatch(expected.asSlice(at, part.byteSize()));
        assertEquals(-1, mismatch < 0 ? -1 : at + mismatch, "first byte that differs");
        at += part.byteSize();
      }
    }
  }

  private static Snapshot named(ImageChain chain, String name) throws IOException {
    return chain.top().image().info().snapshots().stream()
        .filter(snapshot -> snapshot.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  /** Where qemu-img says that data lies, it lies; what it calls present is not absent. */
  private static void assertSameMap(QemuImage image) throws IOException {
    String json =
        ExternalTool.qemuImg()
            .runIn(image.path().getParent(), "map", "-f", "qcow2", "--output=json", image.path())
            .mustExit(0)
            .stdout();
    Matcher line =
        Pattern.compile(
                "\"start\": (\\d+), \"length\": (\\d+), \"depth\": \\d+, \"present\": (\\w+),"
                    + " \"zero\": (\\w+), \"data\": (\\w+)(?:, \"offset\": (\\d+))?")
            .matcher(json);
    try (ImageChain chain = open(image)) {
      BlockMap map = chain.top().image().map();
      while (line.find()) {
        long start = Long.parseLong(line.group(1));
        Extent extent = map.extentAt(start, start + Long.parseLong(line.group(2)));
        boolean present = line.group(3).equals("true");
        boolean data = line.group(5).equals("true");
        String text = line.group() + " but " + extent;
        assertEquals(present, !(extent instanceof Extent.Absent), text);
        assertEquals(data, extent instanceof Extent.Data || extent instanceof Extent.Encoded, text);
        if (present && line.group(6) != null) {
          assertEquals(Long.parseLong(line.group(6)), host(extent), text);
        }
        assertEquals(present && data && line.group(6) == null, extent instanceof Extent.Encoded);
      }
    }
  }

  private static long host(Extent extent) {
    return switch (extent) {
      case Extent.Data data -> data.hostOffset();
      case Extent.Ciphered run -> run.hostOffset();
      case Extent.Zero zero -> zero.hostOffset();
      case Extent.Encoded _, Extent.Absent _ -> Extent.Zero.NOWHERE;
    };
  }
}
