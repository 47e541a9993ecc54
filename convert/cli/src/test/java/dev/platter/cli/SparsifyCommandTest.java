package dev.platter.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code --sparsify} of {@code convert}, {@code measure} and {@code compact}. */
class SparsifyCommandTest {
  private static final Path GOLDEN = Path.of("..", "..", "testdata", "golden", "guest");
  private static final int MIB = 1 << 20;

  @TempDir Path directory;
  private Path garbage;

  /** Swap space on all of a disk, full of what was there before. */
  @BeforeEach
  void makeDisk() throws IOException {
    byte[] disk = new byte[8 * MIB];
    Arrays.fill(disk, (byte) 0xA5);
    Arrays.fill(disk, 0, 4096, (byte) 0);
    disk[1024] = 1;
    disk[1028] = (byte) 0xFF;
    disk[1029] = 7;
    System.arraycopy("SWAPSPACE2".getBytes(StandardCharsets.US_ASCII), 0, disk, 4086, 10);
    garbage = Files.write(directory.resolve("garbage"), disk);
  }

  @ParameterizedTest
  @ValueSource(strings = {"raw", "qcow2", "vmdk", "vdi", "parallels"})
  void everyFormatProfits(String format) throws IOException {
    Path target = directory.resolve("target." + format);
    String convert = "convert --sparsify -f raw -O " + format;
    assertEquals("", run(convert, garbage, target).mustWork());
    Path back = directory.resolve("back");
    Run.platter("convert", "-f", format, "-O", "raw", target, back).mustWork();
    byte[] expected = Files.readAllBytes(garbage);
    Arrays.fill(expected, 1 << 16, expected.length, (byte) 0);
    assertTrue(Arrays.equals(expected, Files.readAllBytes(back)));
    if (!format.equals("raw")) {
      assertTrue(Files.size(target) < 6 * MIB, Files.size(target) + " bytes");
    }
  }

  private static Run run(String words, Path... files) {
    Object[] all =
        Arrays.copyOf(words.split(" "), words.split(" ").length + files.length, Object[].class);
    System.arraycopy(files, 0, all, all.length - files.length, files.length);
    return Run.platter(all);
  }

  @Test
  void measureTellsWhatItComesTo() {
    String whole = Run.platter("measure", "-O", "qcow2", garbage).mustWork();
    String less = Run.platter("measure", "--sparsify", "-O", "qcow2", garbage).mustWork();
    assertTrue(required(less) < required(whole) / 4, whole + less);
  }

  private static long required(String measured) {
    return Long.parseLong(measured.lines().findFirst().orElseThrow().replaceAll("\\D", ""));
  }

  @Test
  void compactDoesItInPlace() throws IOException {
    Path vdi = directory.resolve("disk.vdi");
    Run.platter("convert", "-f", "raw", "-O", "vdi", garbage, vdi).mustWork();
    long before = Files.size(vdi);
    String said = Run.platter("compact", "--sparsify", vdi).mustWork();
    assertTrue(said.startsWith("Image compacted: "), said);
    assertTrue(Files.size(vdi) <= before - 6 * MIB, before + " bytes, then " + Files.size(vdi));
    assertEquals(0, Run.platter("check", vdi).exitCode());
    byte[] expected = Files.readAllBytes(garbage);
    Arrays.fill(expected, 1 << 16, expected.length, (byte) 0);
    Path back = directory.resolve("back");
    Run.platter("convert", "-O", "raw", vdi, back).mustWork();
    assertTrue(Arrays.equals(expected, Files.readAllBytes(back)));
    Path qcow2 = directory.resolve("disk.qcow2");
    Run.platter("convert", "-f", "raw", "-O", "qcow2", garbage, qcow2).mustWork();
    assertEquals(1, Run.platter("compact", "--sparsify", qcow2).exitCode());
    assertTrue(Run.platter("compare", "-f", "raw", garbage, qcow2).exitCode() == 0, "unchanged");
  }

  @Test
  void whatIsKeptWholeIsSaid() {
    Path target = directory.resolve("target");
    Run run = Run.platter("convert", "--sparsify", GOLDEN.resolve("windows.qcow2"), target);
    assertEquals(0, run.exitCode());
    assertEquals("platter: note: partition 2 is kept whole: nothing that is known\n", run.err());
    Run quiet = Run.platter("convert", "-q", "--sparsify", GOLDEN.resolve("windows.qcow2"), target);
    assertEquals("", quiet.err());
  }

  @ParameterizedTest
  @CsvSource({
    "convert --sparsify -O qcow2 -B x -F raw, mutually exclusive",
    "convert --sparsify --bitmaps -O qcow2, mutually exclusive",
    "convert --sparsify --base x, mutually exclusive"
  })
  void whatMakesNoSenseTogetherIsRefused(String words, String why) {
    Run run = run(words, garbage, directory.resolve("target"));
    assertEquals(1, run.exitCode());
    assertTrue(run.err().contains(why), run.err());
  }

  @Test
  void asQemuImgThereIsNoSuchOption() {
    Run run = Run.qemuImg("convert", "--sparsify", garbage, directory.resolve("target"));
    assertEquals(1, run.exitCode());
    assertTrue(run.err().contains("unrecognized option '--sparsify'"), run.err());
  }
}
