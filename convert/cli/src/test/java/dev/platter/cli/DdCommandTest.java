package dev.platter.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The parts that {@code dd} copies, as dd(1) does under our own name. */
class DdCommandTest {
  private static final int BYTES = 10_240;

  @TempDir Path directory;
  private final byte[] disk = new byte[BYTES];
  private Path source;
  private Path target;

  @BeforeEach
  void makeDisk() throws IOException {
    new Random(1).nextBytes(disk);
    source = Files.write(directory.resolve("disk.raw"), disk);
    target = directory.resolve("part.raw");
  }

  private byte[] copied(Object... operands) throws IOException {
    Object[] line = new Object[operands.length + 3];
    line[0] = "dd";
    line[1] = "if=" + source;
    line[2] = "of=" + target;
    System.arraycopy(operands, 0, line, 3, operands.length);
    Run.platter(line).mustWork();
    return Files.readAllBytes(target);
  }

  @Test
  void countsTheBlocksBehindThoseThatAreSkipped() throws IOException {
    assertArrayEquals(Arrays.copyOfRange(disk, 2048, 5120), copied("bs=1k", "skip=2", "count=3"));
    Run.qemuImg("dd", "if=" + source, "of=" + target, "bs=1k", "skip=2", "count=3").mustWork();
    assertArrayEquals(Arrays.copyOfRange(disk, 2048, 3072), Files.readAllBytes(target));
  }

  @Test
  void copiesPartsThatBeginInTheMiddleOfASector() throws IOException {
    byte[] expected = Arrays.copyOf(Arrays.copyOfRange(disk, 700, 1400), 1024);
    assertArrayEquals(expected, copied("bs=700", "skip=1", "count=1"));
  }

  @Test
  void takesWhatThereIs() throws IOException {
    assertArrayEquals(disk, copied("count=99999999"));
    assertEquals(0, copied("count=0").length);
    assertEquals(0, copied("bs=10k", "skip=1").length);
    assertArrayEquals(Arrays.copyOf(disk, 20_480), copied("osize=20k"));
    assertArrayEquals(Arrays.copyOf(disk, 4096), copied("osize=4k"));
    assertArrayEquals(Arrays.copyOf(disk, 2048), copied("isize=2k"));
  }

  @Test
  void tellsWhenEverythingIsSkipped() throws IOException {
    Run run = Run.qemuImg("dd", "if=" + source, "of=" + target, "bs=10k", "skip=2");
    assertEquals("qemu-img: " + source + ": cannot skip to specified offset\n", run.err());
    assertEquals(0, run.exitCode());
    assertEquals(0, Files.size(target));
  }

  @Test
  void overflowsNowhere() throws IOException {
    Run run = Run.qemuImg("dd", "if=" + source, "of=" + target, "bs=1G", "skip=7E", "count=7E");
    assertTrue(run.err().contains("cannot skip"), run.err());
    assertEquals(0, Files.size(target));
  }

  @Test
  void doesNotEmptyWhatItReads() throws IOException {
    assertEquals(1, Run.qemuImg("dd", "if=" + source, "of=" + source).exitCode());
    assertArrayEquals(disk, Files.readAllBytes(source));
  }
}
