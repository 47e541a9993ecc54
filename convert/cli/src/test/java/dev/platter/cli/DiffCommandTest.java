package dev.platter.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** In which ranges disks differ, by a comparison of sector with sector. */
class DiffCommandTest {
  private static final int MIB = 1 << 20;
  private static final int SECTOR = 512;

  @TempDir Path directory;
  private final Random random = new Random(12);
  private byte[] old;
  private byte[] now;
  private Path before;
  private Path after;

  /** Changes of all kinds: within sectors, across spans, to zeros, from zeros, at both ends. */
  @BeforeEach
  void makeDisks() throws IOException {
    old = new byte[24 * MIB + 3 * SECTOR];
    fill(old, 0, 3 * MIB);
    fill(old, 8 * MIB, 4 * MIB);
    now = old.clone();
    now[0] ^= 1;
    now[5 * SECTOR - 1] ^= 1;
    fill(now, MIB - 700, 1400);
    Arrays.fill(now, 9 * MIB, 11 * MIB + 512, (byte) 0);
    fill(now, 11 * MIB + 512, 512);
    fill(now, 17 * MIB + 3, 9000);
    now[now.length - 1] = 1;
    before = Files.write(directory.resolve("before.raw"), old);
    after = Files.write(directory.resolve("after.raw"), now);
  }

  private void fill(byte[] disk, int at, int length) {
    byte[] data = new byte[length];
    random.nextBytes(data);
    System.arraycopy(data, 0, disk, at, length);
  }

  private static String line(long start, long length, boolean zero) {
    return "{\"start\": " + start + ", \"length\": " + length + ", \"zero\": " + zero + "}";
  }

  private static List<String> expected(byte[] old, byte[] now) {
    List<String> lines = new ArrayList<>();
    int start = -1;
    boolean zero = false;
    for (int at = 0; at <= now.length; at += SECTOR) {
      boolean ends = at == now.length;
      boolean differs = !ends && !Arrays.equals(old, at, at + SECTOR, now, at, at + SECTOR);
      boolean isZero = differs && Arrays.equals(now, at, at + SECTOR, new byte[SECTOR], 0, SECTOR);
      if (start >= 0 && (!differs || isZero != zero)) {
        lines.add(line(start, at - start, zero));
        start = -1;
      }
      if (differs && start < 0) {
        start = at;
        zero = isZero;
      }
    }
    return lines;
  }

  private Path converted(Path raw, String format) throws IOException {
    Path image = directory.resolve(raw.getFileName() + "." + format);
    Run.platter("convert", "-f", "raw", "-O", format, raw, image).mustWork();
    return image;
  }

  private static void assertDiffers(List<String> lines, Object... words) {
    Run run = Run.platter(words);
    assertEquals("", run.err());
    assertEquals(lines, run.out().lines().toList());
    assertEquals(1, run.exitCode());
  }

  @Test
  void everyRangeThatDiffersIsToldWhateverTheFormats() throws IOException {
    List<String> lines = expected(old, now);
    assertTrue(lines.size() > 5, lines.toString());
    assertDiffers(lines, "diff", "--output=json", before, after);
    assertDiffers(
        lines, "diff", "--output=json", converted(before, "qcow2"), converted(after, "vmdk"));
    assertDiffers(expected(now, old), "diff", "--output=json", converted(after, "vdi"), before);
    Run table = Run.platter("diff", before, after);
    assertEquals(lines.size() + 2, table.out().lines().count(), table.out());
    assertTrue(table.out().contains("9437184             2097664             zeros"), table.out());
    assertTrue(table.out().contains("differ"), table.out());
    assertEquals("", Run.platter("diff", "-q", before, after).out());
  }

  @Test
  void disksThatAreTheSameDoNotDiffer() throws IOException {
    Path qcow2 = converted(before, "qcow2");
    assertEquals("The disks are the same.\n", Run.platter("diff", before, qcow2).mustWork());
    assertEquals("", Run.platter("diff", "--output=json", before, qcow2).mustWork());
  }

  @Test
  void alongAChainOnlyWhatLiesAboveIsCompared() throws IOException {
    Path base = converted(before, "qcow2");
    Path middle = directory.resolve("middle.qcow2");
    Path top = directory.resolve("top.qcow2");
    Run.platter("create", "-q", "-f", "qcow2", "-b", base, "-F", "qcow2", middle).mustWork();
    Run.platter("convert", "-n", "-O", "qcow2", after, middle).mustWork();
    Run.platter("create", "-q", "-f", "qcow2", "-b", middle, "-F", "qcow2", top).mustWork();
    assertDiffers(expected(old, now), "diff", "--output=json", base, top);
    assertEquals(0, Run.platter("diff", "-q", middle, top).exitCode());
  }

  @Test
  void aDiskThatBecameLongerDiffers() throws IOException {
    Path longer = Files.write(directory.resolve("longer.raw"), Arrays.copyOf(old, 30 * MIB));
    Run run = Run.platter("diff", "--output=json", before, longer);
    assertEquals(1, run.exitCode());
    assertEquals("", run.out());
    assertTrue(run.err().contains("31457280"), run.err());
    byte[] shorter = Arrays.copyOf(old, 9 * MIB);
    Path cut = Files.write(directory.resolve("cut.raw"), shorter);
    run = Run.platter("diff", "--output=json", before, cut);
    assertEquals(expected(old, Arrays.copyOf(shorter, old.length)), run.out().lines().toList());
  }

  @Test
  void aBitmapTellsWhatWasWrittenSince() throws IOException {
    Path image = converted(before, "qcow2");
    Run.platter("bitmap", "--add", image, "since").mustWork();
    assertEquals(0, Run.platter("diff", "-q", "--bitmap", "since", image).exitCode());
    Path part = directory.resolve("part.raw");
    Files.write(part, Arrays.copyOf(now, 2 * MIB));
    Run.platter("convert", "-n", "-O", "qcow2", part, image).mustWork();
    assertDiffers(
        List.of(line(0, 2 * MIB, false)), "diff", "--output=json", "--bitmap", "since", image);
    assertEquals(2, Run.platter("diff", "--bitmap", "other", image).exitCode());
  }

  @Test
  void whatCannotBeComparedIsNotSaidToDiffer() {
    for (Run run :
        List.of(
            Run.platter("diff", before, directory.resolve("none")),
            Run.platter("diff", directory.resolve("none"), after),
            Run.platter("diff", before),
            Run.platter("diff", "--bitmap", "b", before, after))) {
      assertEquals(2, run.exitCode(), run.toString());
    }
    assertEquals(1, Run.qemuImg("diff", before, after).exitCode());
  }
}
