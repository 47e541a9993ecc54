package dev.platter.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Disks that are zero nearly everywhere, over parents that are not: the program itself, with a heap
 * of 128 MiB.
 */
class HugeZerosTest {
  private static final String HEAP = "-Xmx128m";

  @TempDir Path directory;

  /**
   * Where a format tells of zeros by tables, a TiB is little work; where it has an entry for each
   * grain (VMDK), stores each (version 2 of qcow2) or has a bitmap for each (VHD), disks are
   * smaller.
   */
  @ParameterizedTest
  @CsvSource({
    "qcow2, lazy_refcounts=off, 40",
    "qcow2, compat=0.10, 28",
    "vdi, static=off, 40",
    "vhdx, subformat=dynamic, 40",
    "vmdk, zeroed_grain=on, 36",
    "vmdk, subformat=monolithicSparse, 28",
    "vmdk, subformat=streamOptimized, 30",
    "vpc, force_size=on, 33"
  })
  void hideWhatTheParentHas(String format, String option, int bits) throws Exception {
    long size = 1L << bits;
    Path parent = disk("parent.raw", size, "base", 1_000_000, size - 5_000_000);
    Path disk = disk("disk.raw", size, "disk", size / 2);
    Path base = directory.resolve("base." + format);
    Path top = directory.resolve("top." + format);
    platter("convert", "-O", format, "-o", option, parent, base);
    platter("convert", "-O", format, "-o", option, "-B", base, "-F", format, disk, top);
    platter("compare", disk, top);
  }

  private Path disk(String name, long size, String text, long... places) throws IOException {
    Path path = directory.resolve(name);
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
      file.setLength(size);
      for (long place : places) {
        file.seek(place);
        file.writeBytes(text);
      }
    }
    return path;
  }

  private void platter(Object... args) throws Exception {
    Path java = Path.of(System.getProperty("java.home"), "bin", "java");
    List<String> command =
        new ArrayList<>(
            List.of(
                java.toString(),
                HEAP,
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName()));
    Arrays.stream(args).map(Object::toString).forEach(command::add);
    Path said = directory.resolve("said");
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(said.toFile()).start();
    try {
      boolean ended = process.waitFor(3, TimeUnit.MINUTES);
      assertEquals("0", ended ? "" + process.exitValue() : "none", () -> read(said));
    } finally {
      process.destroyForcibly();
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return e.toString();
    }
  }
}
