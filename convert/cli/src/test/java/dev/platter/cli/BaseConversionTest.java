package dev.platter.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.testdata.ExternalTool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code convert --base}: only what differs is written, and only onto what holds the rest. */
class BaseConversionTest {
  private static final int MIB = 1 << 20;
  private static final int SIZE = 12 * MIB;

  /** Changed from data to other data, from data to zeros, from zeros to data. */
  private static final int OTHER = MIB + 4096;

  private static final int ZEROED = 3 * MIB + 512;
  private static final int FILLED = 9 * MIB;

  /** Data that stays, and zeros that stay. */
  private static final int KEPT = 5 * MIB + 77;

  private static final int EMPTY = 7 * MIB;

  @TempDir Path directory;
  private byte[] before;
  private byte[] after;
  private Path old;
  private Path now;

  @BeforeEach
  void makeDisks() throws IOException {
    Random random = new Random(6);
    before = new byte[SIZE];
    byte[] data = new byte[6 * MIB];
    random.nextBytes(data);
    System.arraycopy(data, 0, before, 0, data.length);
    after = before.clone();
    random.nextBytes(data);
    System.arraycopy(data, 0, after, OTHER, 100_000);
    Arrays.fill(after, ZEROED, ZEROED + 300_000, (byte) 0);
    System.arraycopy(data, 0, after, FILLED, 70_000);
    old = Files.write(file("old.raw"), before);
    now = Files.write(file("now.raw"), after);
  }

  private Path file(String name) {
    return directory.resolve(name);
  }

  private Path holding(Path disk, String format) {
    Path target = file("target." + format);
    Run.platter("convert", "-O", format, disk, target).mustWork();
    return target;
  }

  private static Run onto(Path base, String format, Path source, Path target, Object... more) {
    List<Object> words = new ArrayList<>(List.of("convert", "--base", base, "-O", format));
    words.addAll(List.of(more));
    words.addAll(List.of(source, target));
    return Run.platter(words.toArray());
  }

  private static void mustFail(String reason, Run run) {
    assertEquals(1, run.exitCode(), run.toString());
    assertTrue(run.err().contains(reason), run.err());
    assertEquals(1, run.err().lines().count(), run.err());
  }

  @ParameterizedTest
  @ValueSource(strings = {"raw", "qcow2", "vmdk", "vdi", "vpc", "vhdx", "parallels"})
  @Tag("interop")
  void aTargetOfAnyFormatHoldsTheNewDisk(String format) {
    Path target = holding(old, format);
    onto(old, format, now, target).mustWork();
    Run compared = Run.qemuImg("compare", "-F", format, now, target);
    assertEquals(0, compared.exitCode(), compared.toString());
    ExternalTool.qemuImg().mustRun("compare", "-f", "raw", "-F", format, now, target);
  }

  /** An overlay takes what is written, and nothing else. */
  @Test
  void onlyWhatDiffersIsWritten() throws IOException {
    Path target = file("target.qcow2");
    Run.platter("create", "-q", "-f", "qcow2", "-F", "raw", "-b", old, target).mustWork();
    onto(old, "qcow2", now, target).mustWork();
    assertTrue(Run.platter("compare", now, target).mustWork().contains("identical"));
    String map = Run.platter("map", "--output=json", target).mustWork();
    long written =
        map.lines()
            .filter(line -> line.contains("\"depth\": 0"))
            .mapToLong(line -> Long.parseLong(line.replaceAll(".*\"length\": ([0-9]+).*", "$1")))
            .sum();
    assertTrue(written >= 470_000 && written <= 470_000 + 6 * 65536, map);
  }

  /** What lies below an overlay is not read to find what it has changed, and yet is compared. */
  @Test
  void anOverlayIsTheNewDiskOfItsBase() throws IOException {
    Path overlay = file("overlay.qcow2");
    Run.platter("create", "-q", "-f", "qcow2", "-F", "raw", "-b", old, overlay).mustWork();
    Run.platter("convert", "-n", "-O", "qcow2", now, overlay).mustWork();
    Path target = holding(old, "vdi");
    onto(old, "vdi", overlay, target).mustWork();
    assertTrue(Run.platter("compare", now, target).mustWork().contains("identical"));
    byte[] other = before.clone();
    other[KEPT] ^= 1;
    Path wrong = holding(Files.write(file("other.raw"), other), "raw");
    mustFail("does not hold what", onto(old, "raw", overlay, wrong));
  }

  @ParameterizedTest
  @ValueSource(ints = {KEPT, EMPTY, SIZE - 1, OTHER - 1, OTHER + 100_352})
  void aTargetThatHoldsAnotherDiskStaysAsItIs(int at) throws IOException {
    byte[] other = before.clone();
    other[at] ^= 1;
    Path target = Files.write(file("target.raw"), other);
    Run run = onto(old, "raw", now, target);
    mustFail("first at offset " + at / 512 * 512 + "; nothing was written", run);
    assertArrayEquals(other, Files.readAllBytes(target));
  }

  /** As after a run that was broken off: part of it is written, or torn. */
  @Test
  void whatIsWrittenMayHoldAnything() throws IOException {
    byte[] half = before.clone();
    System.arraycopy(after, OTHER, half, OTHER, 50_000);
    Arrays.fill(half, FILLED, FILLED + 512, (byte) 9);
    Path target = Files.write(file("target.raw"), half);
    onto(old, "raw", now, target).mustWork();
    assertArrayEquals(after, Files.readAllBytes(target));
    onto(old, "raw", now, target).mustWork();
    assertArrayEquals(after, Files.readAllBytes(target));
  }

  /** Behind the end of the old disk the target must hold zeros, where the new one does. */
  @Test
  void aDiskThatBecomesLargerIsWrittenOntoATargetThatIs() throws IOException {
    byte[] larger = Arrays.copyOf(after, SIZE + MIB);
    larger[SIZE + 1024] = 5;
    Path grown = Files.write(file("grown.raw"), larger);
    Path target = Files.write(file("target.raw"), before);
    mustFail("output file is smaller", onto(old, "raw", grown, target));
    assertArrayEquals(before, Files.readAllBytes(target));
    byte[] room = Arrays.copyOf(before, SIZE + 2 * MIB);
    room[SIZE + 4096] = 1;
    Files.write(target, room);
    mustFail("first at offset " + (SIZE + 4096), onto(old, "raw", grown, target));
    room[SIZE + 4096] = 0;
    Files.write(target, room);
    onto(old, "raw", grown, target).mustWork();
    assertArrayEquals(Arrays.copyOf(larger, room.length), Files.readAllBytes(target));
  }

  @Test
  void theDigestIsReadBack() throws Exception {
    Path target = holding(old, "qcow2");
    String hex = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(after));
    assertEquals(
        "sha256:" + hex + "  " + target + "\n",
        onto(old, "qcow2", now, target, "--digest", "sha256").mustWork());
    assertTrue(Run.platter("verify", target, "sha256:" + hex).mustWork().contains("as it was"));
  }

  @Test
  void whatMakesNoSenseIsRefusedAndNothingIsWritten() throws IOException {
    Path target = Files.copy(old, file("target.raw"), StandardCopyOption.REPLACE_EXISTING);
    for (Run run :
        List.of(
            onto(old, "raw", now, target, "-c"),
            onto(old, "raw", now, target, "-o", "size=1M"),
            onto(old, "raw", now, target, "--salvage"),
            onto(old, "raw", now, target, "--round-size", "1G"),
            onto(old, "raw", now, target, "-C"),
            onto(old, "raw", now, old),
            onto(old, "raw", now, now),
            onto(old, "raw", now, file("none.raw")),
            onto(file("none.raw"), "raw", now, target),
            onto(old, "qcow2", now, target),
            Run.platter("convert", "--base-format", "raw", now, target),
            Run.platter("convert", "--base", old, "-O", "raw", now, "-"),
            Run.qemuImg("convert", "--base", old, "-O", "raw", now, target))) {
      assertEquals(1, run.exitCode(), run.toString());
      assertEquals(1, run.err().lines().filter(line -> !line.startsWith("Try")).count(), run.err());
    }
    assertArrayEquals(before, Files.readAllBytes(target));
    assertArrayEquals(before, Files.readAllBytes(old));
    assertArrayEquals(after, Files.readAllBytes(now));
  }
}
