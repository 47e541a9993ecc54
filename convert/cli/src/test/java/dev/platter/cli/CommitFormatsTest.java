package dev.platter.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Commits from overlays of formats that tie themselves to their base, or cannot be emptied. */
class CommitFormatsTest {
  /** Cylinders of four heads and 17 sectors, so that a VHD is as large. */
  private static final int DISK_BYTES = 128 * 4 * 17 * 512;

  @TempDir Path directory;
  private Path before;
  private Path after;
  private Path base;
  private Path top;

  @BeforeEach
  void makeDisks() throws IOException {
    byte[] disk = new byte[DISK_BYTES];
    new Random(1).nextBytes(disk);
    Arrays.fill(disk, 0, 300_000, (byte) 0);
    before = Files.write(directory.resolve("before.raw"), disk);
    Arrays.fill(disk, 1 << 20, 1_200_000, (byte) 5);
    Arrays.fill(disk, 2 << 20, 3 << 20, (byte) 0);
    after = Files.write(directory.resolve("after.raw"), disk);
    base = directory.resolve("base");
    top = directory.resolve("top");
  }

  private void makeChain(String format) {
    Run.platter("convert", "-O", format, before, base).mustWork();
    Run.platter("convert", "-O", format, "-B", base, "-F", format, after, top).mustWork();
  }

  private void refuses(String message, Object... line) throws IOException {
    byte[] baseBytes = Files.readAllBytes(base);
    byte[] topBytes = Files.readAllBytes(top);
    Run run = Run.platter(line);
    assertEquals("platter: " + message + "\n", run.err());
    assertEquals(1, run.exitCode());
    assertArrayEquals(baseBytes, Files.readAllBytes(base));
    assertArrayEquals(topBytes, Files.readAllBytes(top));
  }

  private void holds(Path expected, Path image) {
    assertEquals(
        "Images are identical.\n", Run.platter("compare", "-f", "raw", expected, image).mustWork());
  }

  @ParameterizedTest
  @ValueSource(strings = {"vmdk", "vhdx", "vdi"})
  void leavesAloneTheBaseOfAnOverlayThatIsTiedToWhatItHolds(String format) throws IOException {
    makeChain(format);
    String message =
        "'"
            + top
            + "' records what '"
            + base
            + "' holds now, and could not be opened once that was written to; convert the chain"
            + " into a new image instead";
    refuses(message, "commit", top);
    refuses(message, "commit", "-d", top);
    refuses(message, "commit", "-b", base, top);
    holds(after, top);
  }

  @ParameterizedTest
  @ValueSource(strings = {"vmdk", "vhdx", "vdi"})
  void doesNotTearApartAChainFromFurtherAbove(String format) throws IOException {
    makeChain(format);
    Path above = directory.resolve("above.qcow2");
    Run.platter("create", "-q", "-f", "qcow2", "-b", top, "-F", format, above).mustWork();
    refuses(
        "'"
            + top
            + "' records what '"
            + base
            + "' holds now, and could not be opened once that was written to; convert the chain"
            + " into a new image instead",
        "commit",
        "-b",
        base,
        above);
    holds(after, above);
  }

  @Test
  void takesAVhdThatNeedNotBeEmptied() throws IOException {
    makeChain("vhd");
    refuses(
        "'" + top + "' cannot be emptied, as it is of format 'vpc'; -d leaves it as it is",
        "commit",
        top);
    Run.platter("commit", "-q", "-d", top).mustWork();
    holds(after, base);
    holds(after, top);
  }

  @ParameterizedTest
  @ValueSource(strings = {"vmdk", "vhdx", "vdi", "vhd", "parallels", "raw"})
  void bringsAQcow2OverlayIntoABaseOfAnyFormat(String format) throws IOException {
    Run.platter("convert", "-O", format, before, base).mustWork();
    Run.platter("convert", "-O", "qcow2", "-B", base, "-F", format, after, top).mustWork();
    Run.platter("commit", "-q", top).mustWork();
    holds(after, base);
    holds(after, top);
  }
}
