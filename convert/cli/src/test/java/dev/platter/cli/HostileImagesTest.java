package dev.platter.cli;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Golden images with bytes changed at random, through every command that reads: whatever an image
 * says, it is read or refused, in bounded time. More rounds: {@code -Dplatter.mutations=N}.
 */
class HostileImagesTest {
  private static final Path GOLDEN = Path.of("..", "..", "testdata", "golden");
  private static final int ROUNDS = Integer.getInteger("platter.mutations", 12);
  private static final int HEADER_BYTES = 512;
  private static final int MOST_BYTES_CHANGED = 8;
  private static final Set<Integer> EXIT_CODES = Set.of(0, 1, 2, 3, 63);

  @TempDir Path directory;

  static Stream<Path> images() throws IOException {
    try (Stream<Path> files = Files.walk(GOLDEN)) {
      return files
          .filter(file -> file.toString().matches(".*\\.(qcow2|vmdk|vdi|hdd|vhd|vhdx|iso)"))
          .sorted()
          .toList()
          .stream();
    }
  }

  @ParameterizedTest
  @MethodSource("images")
  @Timeout(120)
  void aChangedImageIsReadOrRefused(Path golden) throws IOException {
    byte[] bytes = Files.readAllBytes(golden);
    Path image = directory.resolve(golden.getFileName());
    Path target = directory.resolve("target.raw");
    for (int round = 0; round < ROUNDS; round++) {
      byte[] changed = bytes.clone();
      String what = golden + ", round " + round;
      change(changed, new Random(31L * golden.getFileName().toString().hashCode() + round));
      Files.write(image, changed);
      run(what, "info", "--output=json", image);
      run(what, "info", "--backing-chain", image);
      run(what, "check", image);
      run(what, "map", "--output=json", "-l", "1G", image);
      run(what, "measure", "-O", "qcow2", image);
      Run info = Run.platter("info", image);
      if (info.exitCode() == 0 && isSmall(info.out())) {
        run(what, "convert", "-O", "raw", image, target);
        run(what, "compare", image, golden);
      }
    }
  }

  private static void run(String what, Object... line) {
    Run run = Run.platter(line);
    String told = what + ": " + Arrays.toString(line) + " said " + run.err();
    assertTrue(EXIT_CODES.contains(run.exitCode()) || line[0].equals("compare"), told);
    assertFalse(run.err().contains("internal error"), told);
    assertFalse(run.err().contains("Cannot allocate memory"), told);
    assertTrue(run.exitCode() == 0 || !(run.err() + run.out()).isEmpty(), told);
  }

  /** A disk of bytes, KiB or MiB; what is larger would only take long. */
  private static boolean isSmall(String info) {
    return info.matches("(?s).*virtual size: [0-9.]+ (B|KiB|MiB) .*");
  }

  private static void change(byte[] bytes, Random random) {
    int count = 1 + random.nextInt(MOST_BYTES_CHANGED);
    for (int i = 0; i < count; i++) {
      int reach = random.nextBoolean() ? Math.min(HEADER_BYTES, bytes.length) : bytes.length;
      int at = random.nextInt(reach);
      int length = Math.min(bytes.length - at, 1 + random.nextInt(8));
      switch (random.nextInt(4)) {
        case 0 -> bytes[at] = (byte) random.nextInt(256);
        case 1 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
        case 2 -> Arrays.fill(bytes, at, at + length, (byte) (random.nextBoolean() ? -1 : 127));
        default -> bytes[at]++;
      }
    }
  }
}
