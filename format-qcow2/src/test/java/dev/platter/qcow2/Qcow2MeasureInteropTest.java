package dev.platter.qcow2;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.platter.image.BlockMap;
import dev.platter.image.Extent;
import dev.platter.image.FormatOptions;
import dev.platter.image.Measurement;
import dev.platter.image.Sizes;
import dev.platter.image.chain.ImageChain;
import dev.platter.image.name.References;
import dev.platter.image.spi.ImageFormats;
import dev.platter.image.spi.StorageOpener;
import dev.platter.qcow2.write.Qcow2Options;
import dev.platter.storage.FileStorage;
import dev.platter.storage.Run;
import dev.platter.testdata.ExternalTool;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Volumes are made as large as measured, by whichever of the two programs: the figures agree. */
@Tag("interop")
class Qcow2MeasureInteropTest {
  private static final long MAX_SIZE = 60L << 30;

  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void agreesOnEmptyDisksOfAnySizeAndForm(long seed) throws IOException {
    Random random = new Random(seed);
    for (int i = 0; i < 20; i++) {
      String options = RandomOptions.of(random, false, false);
      long size =
          random.nextLong(
              1L << (1 + random.nextInt(Long.SIZE - Long.numberOfLeadingZeros(MAX_SIZE))));
      agree(options, size);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "0, ''",
    "1, ''",
    "536870912, ''",
    "536870913, ''",
    "70368744177664, ''",
    "70368744177664, 'cluster_size=2M,refcount_bits=64'",
    "137438953472, 'cluster_size=512'",
    "10737418240, 'preallocation=metadata'",
    "10737418240, 'preallocation=falloc'",
    "10737418240, 'preallocation=full,data_file=x'",
    "10737418240, 'data_file=x,data_file_raw=on'"
  })
  void agreesOnTheLimitsAndOnEveryPreallocation(long size, String options) throws IOException {
    agree(options, size);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "cluster_size=512",
        "cluster_size=2M",
        "compat=0.10",
        "extended_l2=on",
        "extended_l2=on,cluster_size=16k",
        "preallocation=metadata",
        "preallocation=falloc",
        "compression_type=zstd,cluster_size=4k"
      })
  void agreesOnWhatImagesHold(String options) throws IOException {
    Random random = new Random(options.hashCode());
    QemuImage image = QemuImage.create(directory, "s.qcow2", options, "8M");
    // Whole clusters of them all, so that none has holes of its own in the file.
    List<String> writes = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      int cluster = random.nextInt(4);
      String kind = random.nextInt(3) == 0 ? "write -z " : "write -P 7 ";
      writes.add(kind + (cluster << 21) + " " + (1 + random.nextInt(2 << random.nextInt(3))) + "M");
    }
    image.tryIo(writes.toArray(String[]::new));
    QemuImage.create(directory, "t.qcow2", "backing_file=s.qcow2,backing_fmt=qcow2", "9000k")
        .tryIo("write -P 1 2M 1M", "write -z 4M 1M", "write -P 1 8M 64k");
    for (String source : List.of("s.qcow2", "t.qcow2")) {
      for (int i = 0; i < 4; i++) {
        agree(RandomOptions.of(random, false, false), directory.resolve(source));
      }
      agree("backing_file=t.qcow2,backing_fmt=qcow2", directory.resolve(source));
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void agreesOnRawFilesWithHoles(long seed) throws IOException {
    Random random = new Random(seed);
    Path raw = directory.resolve("s.raw");
    int size = 4096 * (1 + random.nextInt(4096));
    try (FileStorage file = FileStorage.create(raw)) {
      file.truncate(size);
      for (int i = 0; i < 20; i++) {
        byte[] bytes = new byte[1 + random.nextInt(1 << random.nextInt(17))];
        bytes[0] = 1;
        file.write(random.nextInt(size), MemorySegment.ofArray(bytes));
      }
      BlockMap map = new RawMap(file, Sizes.roundDown(file.size(), 512));
      file.truncate(map.size());
      for (int i = 0; i < 6; i++) {
        String options = RandomOptions.of(random, false, false);
        Measurement ours =
            new Qcow2Format().measure(map.size(), parse(options), Optional.of(map)).orElseThrow();
        assertSame(measure(options, "-f", "raw", raw), ours, options + " of " + size);
      }
    }
  }

  private void agree(String options, long size) throws IOException {
    String theirs = measure(options, "--size", size);
    Measurement ours =
        new Qcow2Format().measure(size, parse(options), Optional.empty()).orElseThrow();
    assertSame(theirs, ours, options + " " + size);
  }

  private void agree(String options, Path source) throws IOException {
    String theirs = measure(options, source);
    try (ImageChain chain =
        ImageChain.open(
            source,
            ImageChain.Options.of(
                ImageFormats.present(), References.allow(), StorageOpener.READING))) {
      BlockMap map = chain.map();
      Measurement ours =
          new Qcow2Format().measure(map.size(), parse(options), Optional.of(map)).orElseThrow();
      assertSame(theirs, ours, options + " of " + source.getFileName());
    }
  }

  private static void assertSame(String theirs, Measurement ours, String what) {
    assertEquals(number(theirs, "required size"), ours.required(), what);
    assertEquals(number(theirs, "fully allocated size"), ours.fullyAllocated(), what);
  }

  private static long number(String text, String key) {
    Matcher matcher = Pattern.compile(key + ": (\\d+)").matcher(text);
    return matcher.find() ? Long.parseLong(matcher.group(1)) : -1;
  }

  private static FormatOptions parse(String options) throws IOException {
    return FormatOptions.parse(List.of(options), Qcow2Options.SPECS);
  }

  private String measure(String options, Object... source) {
    // qemu-img takes no empty list of options.
    String list = options.isEmpty() ? "compat=1.1" : options;
    List<Object> arguments = new ArrayList<>(List.of("measure", "-O", "qcow2", "-o", list));
    arguments.addAll(List.of(source));
    return ExternalTool.qemuImg().runIn(directory, arguments.toArray()).mustExit(0).stdout();
  }

  /** A file as it is, with its holes. */
  private record RawMap(FileStorage storage, long size) implements BlockMap {
    @Override
    public int blockSize() {
      return 1;
    }

    @Override
    public Extent extentAt(long offset, long limit) throws IOException {
      Run run = storage.runAt(offset, limit);
      return run.hole()
          ? new Extent.Zero(offset, run.length())
          : new Extent.Data(offset, run.length(), storage, offset);
    }
  }
}
