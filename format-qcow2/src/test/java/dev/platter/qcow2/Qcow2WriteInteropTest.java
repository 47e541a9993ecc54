package dev.platter.qcow2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.image.BlockMap;
import dev.platter.image.Extent;
import dev.platter.image.ParentReference;
import dev.platter.image.Sizes;
import dev.platter.image.disk.LayeredMap;
import dev.platter.testdata.ExternalTool;
import dev.platter.testdata.ModelDisk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What we write, QEMU reads, finds in order, and can go on writing. */
@Tag("interop")
class Qcow2WriteInteropTest {
  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "cluster_size=512",
        "cluster_size=1k",
        "cluster_size=2k",
        "cluster_size=4k",
        "cluster_size=128k",
        "cluster_size=2M",
        "compat=0.10",
        "compat=v3",
        "extended_l2=on",
        "extended_l2=on,cluster_size=16k",
        "extended_l2=on,cluster_size=2M",
        "lazy_refcounts=on",
        "refcount_bits=1,cluster_size=512",
        "refcount_bits=2,cluster_size=512",
        "refcount_bits=4,cluster_size=1k",
        "refcount_bits=8",
        "refcount_bits=32",
        "refcount_bits=64,cluster_size=512",
        "preallocation=metadata",
        "preallocation=falloc",
        "preallocation=full",
        "preallocation=metadata,extended_l2=on,cluster_size=16k",
        "preallocation=full,cluster_size=512,refcount_bits=64",
        "preallocation=metadata,compat=0.10",
        "data_file=d.raw",
        "data_file=d.raw,data_file_raw=on",
        "data_file=d.raw,extended_l2=on",
        "data_file=d.raw,data_file_raw=on,extended_l2=on,cluster_size=16k",
        "data_file=d.raw,preallocation=metadata",
        "data_file=d.raw,preallocation=metadata,extended_l2=on",
        "data_file=d.raw,preallocation=falloc,cluster_size=4k",
        "data_file=d.raw,preallocation=full"
      })
  void writesEachForm(String options) throws IOException {
    writeAndCheck(options, false, Optional.empty(), options.hashCode(), 2_500_000);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "compression_level=1",
        "compression_level=12",
        "compression_type=zstd",
        "compression_type=zstd,compression_level=19,cluster_size=2M",
        "compat=0.10",
        "compat=0.10,cluster_size=512",
        "cluster_size=512,refcount_bits=1",
        "cluster_size=512,refcount_bits=2",
        "cluster_size=512,refcount_bits=64,compression_type=zstd",
        "cluster_size=2M,refcount_bits=4",
        "cluster_size=4k",
        "extended_l2=on",
        "extended_l2=on,cluster_size=16k,compression_type=zstd"
      })
  void compressesInEachForm(String options) throws IOException {
    writeAndCheck(options, true, Optional.empty(), options.hashCode(), 3_000_320);
  }

  @ParameterizedTest
  @CsvSource({
    "raw, ''",
    "qcow2, ''",
    "raw, 'cluster_size=512'",
    "raw, 'compat=0.10'",
    "qcow2, 'compat=0.10,cluster_size=4k'",
    "raw, 'extended_l2=on'",
    "qcow2, 'extended_l2=on,preallocation=metadata,cluster_size=16k'",
    "raw, 'extended_l2=on,preallocation=falloc'",
    "raw, 'data_file=d.raw'",
    "raw, 'data_file=d.raw,extended_l2=on,cluster_size=16k'",
    "qcow2, 'compression_type=zstd'"
  })
  void hidesTheBackingFileWhereZerosWereWrittenAndNowhereElse(String format, String options)
      throws IOException {
    boolean compress = options.contains("zstd");
    writeAndCheck(options, compress, Optional.of(format), options.hashCode(), 2_600_448);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20})
  void writesWhateverOptionsComeTogether(long seed) throws IOException {
    for (int i = 0; i < 3; i++) {
      Random random = new Random(seed * 3 + i);
      boolean compress = random.nextInt(3) == 0;
      Optional<String> backing =
          random.nextInt(3) == 0
              ? Optional.of(random.nextBoolean() ? "raw" : "qcow2")
              : Optional.empty();
      String options = RandomOptions.of(random, compress, backing.isPresent());
      int size = 1 + random.nextInt(1 << (9 + random.nextInt(13)));
      writeAndCheck(options, compress, backing, random.nextLong(), size);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "'', 0",
    "'', 1",
    "'', 511",
    "'', 513",
    "'', 65537",
    "'cluster_size=512', 0",
    "'cluster_size=512', 33555000",
    "'cluster_size=2M', 100",
    "'compat=0.10', 1000",
    "'preallocation=full', 65537",
    "'preallocation=metadata', 0",
    "'data_file=d.raw', 0",
    "'data_file=d.raw,data_file_raw=on', 1000",
    "'extended_l2=on', 2049",
    "'', 70368744177664",
    "'compat=0.10', 70368744177664",
    "'cluster_size=2M', 70368744177664",
    "'extended_l2=on,cluster_size=2M', 70368744177664",
    "'cluster_size=512', 137438953472",
    "'refcount_bits=1,cluster_size=512', 137438953472",
    "'refcount_bits=64,cluster_size=512', 1073741313"
  })
  void writesEmptyDisksOfAnySize(String options, long size) throws IOException {
    WrittenImage image = write(options, new Nothing(size));
    image.assertClean();
    assertTrue(image.info().contains("\"virtual-size\": " + ((size + 511) & -512) + ","));
    Path theirs = directory.resolve("q.qcow2");
    ExternalTool.qemuImg()
        .runIn(
            directory,
            "create",
            "-q",
            "-f",
            "qcow2",
            "-o",
            options.isEmpty() ? "compat=1.1" : options,
            theirs,
            size)
        .mustExit(0);
    ExternalTool.qemuImg().runIn(directory, "compare", "-s", image.path(), theirs).mustExit(0);
    assertTrue(
        Files.size(image.path()) <= Files.size(theirs),
        () -> image.path().toFile().length() + " bytes, QEMU's has " + theirs.toFile().length());
    if (size > 0) {
      String length = size >= 1024 ? "1k" : "512";
      long last = (size + 511) / 512 * 512 - (size >= 1024 ? 1024 : 512);
      image.io("write -P 9 " + last + " " + length, "read -P 9 " + last + " " + length);
      image.assertClean();
    }
  }

  private WrittenImage write(String options, BlockMap source) throws IOException {
    return WrittenImage.write(
        directory.resolve("a.qcow2"), options, false, Optional.empty(), source, source, 1);
  }

  private void writeAndCheck(
      String options, boolean compress, Optional<String> backing, long seed, int bytes)
      throws IOException {
    // What shows behind the end of an odd disk, up to the next sector, is the backing file's
    // affair.
    int size = backing.isEmpty() ? bytes : (bytes + 511) & -512;
    String what = options + (compress ? " compressed" : "") + " over " + backing + ", " + size;
    try {
      Random random = new Random(seed);
      int grain = 512 << random.nextInt(8);
      ModelDisk layer = ModelDisk.random(seed, size, grain);
      byte[] content = layer.content();
      BlockMap source = layer;
      Optional<ParentReference> parent = Optional.empty();
      if (backing.isPresent()) {
        int baseSize = 512 * (1 + random.nextInt(2 * size / 512 + 1));
        ModelDisk base = ModelDisk.random(~seed, baseSize, 4096);
        content = layer.contentOver(base.content());
        source = new LayeredMap(List.of(layer, base));
        parent = Optional.of(backing(backing.get(), base.content()));
      }
      WrittenImage image =
          WrittenImage.write(
              directory.resolve("a.qcow2"), options, compress, parent, source, layer, seed);
      image.assertClean();
      assertInfo(image.info(), options, size, parent);
      image.assertContent(content);
      if (options.contains("data_file_raw=on")) {
        byte[] raw = Files.readAllBytes(directory.resolve("d.raw"));
        assertEquals(-1, Arrays.mismatch(Arrays.copyOf(content, raw.length), raw));
      }
      writeOn(image, Arrays.copyOf(content, (size + 511) & -512), random);
    } catch (IOException | RuntimeException | AssertionError e) {
      throw new AssertionError(what + ", seed " + seed + ": " + e.getMessage(), e);
    }
  }

  /** Lets QEMU write into the image: it trusts the refcounts and the flags that we made. */
  private static void writeOn(WrittenImage image, byte[] content, Random random)
      throws IOException {
    List<String> commands = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      int from = 512 * random.nextInt(content.length / 512);
      int length = Math.min(content.length - from, 512 * (1 + random.nextInt(256)));
      byte value = (byte) (random.nextInt(3) == 0 ? 0 : 1 + random.nextInt(100));
      commands.add((value == 0 ? "write -z " : "write -P " + value + " ") + from + " " + length);
      Arrays.fill(content, from, from + length, value);
    }
    image.io(commands.toArray(String[]::new));
    image.assertClean();
    image.assertContent(content);
  }

  private ParentReference backing(String format, byte[] content) throws IOException {
    Path raw = directory.resolve("base.raw");
    Files.write(raw, content);
    if (format.equals("raw")) {
      return new ParentReference("base.raw", Optional.of("raw"));
    }
    ExternalTool.qemuImg()
        .runIn(directory, "convert", "-f", "raw", "-O", "qcow2", raw, "base.qcow2")
        .mustExit(0);
    return new ParentReference("base.qcow2", Optional.of("qcow2"));
  }

  private static void assertInfo(
      String info, String options, long size, Optional<ParentReference> parent) {
    List<String> expected = new ArrayList<>();
    expected.add("\"virtual-size\": " + ((size + 511) & -512) + ",");
    expected.add("\"dirty-flag\": false");
    for (String option : options.split(",", 0)) {
      String value = option.substring(option.indexOf('=') + 1);
      switch (option.substring(0, Math.max(0, option.indexOf('=')))) {
        case "cluster_size" -> expected.add("\"cluster-size\": " + Sizes.parse(value) + ",");
        case "compat" ->
            expected.add("\"compat\": \"" + (value.equals("0.10") ? "0.10" : "1.1") + "\"");
        case "compression_type" -> expected.add("\"compression-type\": \"" + value + "\"");
        case "extended_l2" -> expected.add("\"extended-l2\": true");
        case "lazy_refcounts" -> expected.add("\"lazy-refcounts\": true");
        case "refcount_bits" -> expected.add("\"refcount-bits\": " + value);
        case "data_file" -> expected.add("\"data-file\": \"" + value + "\"");
        case "data_file_raw" -> expected.add("\"data-file-raw\": true");
        default -> {}
      }
    }
    parent.ifPresent(reference -> {
      expected.add("\"backing-filename\": \"" + reference.name() + "\"");
      expected.add("\"backing-filename-format\": \"" + reference.format().orElseThrow() + "\"");
    });
    for (String line : expected) {
      assertTrue(info.contains(line), () -> line + " is not in " + info);
    }
  }

  /** A disk of which nothing is written. */
  private record Nothing(long size) implements BlockMap {
    @Override
    public int blockSize() {
      return 1;
    }

    @Override
    public Extent extentAt(long offset, long limit) {
      return new Extent.Absent(offset, limit - offset);
    }
  }
}
