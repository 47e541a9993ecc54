package dev.platter.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** {@code info} unwraps no more of a file than it needs, and says the same as of the plain one. */
class WrappedInfoTest {
  @TempDir Path directory;

  private static Stream<Path> images() throws IOException {
    Path golden = Path.of("..", "..", "testdata", "golden");
    List<Path> files = new ArrayList<>();
    for (String folder : new String[] {"", "vdi", "vmdk", "parallels"}) {
      try (Stream<Path> all = Files.list(golden.resolve(folder))) {
        all.filter(Files::isRegularFile).forEach(files::add);
      }
    }
    return files.stream().sorted();
  }

  @ParameterizedTest
  @MethodSource("images")
  void saysTheSameAsOfThePlainFile(Path image) throws IOException {
    assertTellsTheSame(Files.copy(image, directory.resolve(image.getFileName())));
  }

  @ParameterizedTest
  @CsvSource({
    "vpc, subformat=dynamic",
    "vpc, subformat=fixed",
    "vhdx, block_size=1M",
    "vmdk, subformat=monolithicSparse",
    "vmdk, subformat=streamOptimized",
    "vdi, static=on",
    "parallels, cluster_size=64k",
    "ova, compression_level=1"
  })
  void saysTheSameWhateverTheFormat(String format, String options) throws IOException {
    Path image = directory.resolve("disk." + format);
    Path source = Path.of("..", "..", "testdata", "golden", "tiny-linux.qcow2");
    Run.platter("convert", "-O", format, "-o", options, source, image).mustWork();
    assertTellsTheSame(image);
  }

  private void assertTellsTheSame(Path plain) throws IOException {
    Path packed = gzip(plain);
    Run expected = Run.platter("info", plain);
    Run actual = Run.platter("info", packed);
    assertEquals(comparable(expected.err()), comparable(actual.err()));
    assertEquals(comparable(expected.out()), comparable(actual.out()));
  }

  /** What is about the image and not the file. */
  private static String comparable(String text) {
    return text.replace(".gz", "")
        .replaceAll("(?m)^ *(disk size|file length|wrapped in): .*\\n", "");
  }

  @ParameterizedTest
  @CsvSource({
    "qcow2, cluster_size=64k",
    "vmdk, subformat=monolithicSparse",
    "vmdk, subformat=streamOptimized",
    "vdi, static=off",
    "vhdx, block_size=1M",
    "parallels, cluster_size=64k"
  })
  void needsTheBeginningAlone(String format, String options) throws IOException {
    Path raw = directory.resolve("disk.raw");
    byte[] noise = new byte[12 << 20];
    new Random(19).nextBytes(noise);
    Files.write(raw, noise);
    Path image = directory.resolve("disk." + format);
    Run.platter("convert", "-f", "raw", "-O", format, "-o", options, raw, image).mustWork();
    Path packed = gzip(image);
    byte[] bytes = Files.readAllBytes(packed);
    Files.write(packed, Arrays.copyOf(bytes, 7 << 20));
    String told = Run.platter("info", packed).mustWork();
    assertTrue(told.contains("virtual size: 12 MiB (12582912 bytes)"), told);
  }

  @Test
  void needsAllOfARawDisk() throws IOException {
    Path raw = directory.resolve("disk.raw");
    byte[] noise = new byte[4 << 20];
    new Random(19).nextBytes(noise);
    Files.write(raw, noise);
    Path packed = gzip(raw);
    String told = Run.platter("info", packed).mustWork();
    assertTrue(told.contains("virtual size: 4 MiB (4194304 bytes)"), told);
    String asked = Run.platter("info", "-f", "raw", "--unwrap", "always", packed).mustWork();
    assertTrue(asked.contains("virtual size: 4 MiB (4194304 bytes)"), asked);
    Files.write(packed, Arrays.copyOf(Files.readAllBytes(packed), 2 << 20));
    assertEquals(1, Run.platter("info", packed).exitCode());
  }

  private Path gzip(Path plain) throws IOException {
    Path packed = plain.resolveSibling(plain.getFileName() + ".gz");
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(packed))) {
      Files.copy(plain, out);
    }
    return packed;
  }
}
