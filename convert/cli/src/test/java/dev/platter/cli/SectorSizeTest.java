package dev.platter.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Disks whose guest sees sectors of 4096 bytes, and their copies. */
class SectorSizeTest {
  private static final String LOST =
      ": warning: the guest saw sectors of 4096 bytes, which a %s image cannot say: it will see ones"
          + " of 512 unless its machine is told otherwise\n";

  @TempDir Path directory;
  private Path raw;
  private Path large;

  @BeforeEach
  void makeADisk() throws IOException {
    byte[] content = new byte[1 << 20];
    new Random(16).nextBytes(content);
    raw = Files.write(directory.resolve("disk.raw"), content);
    large = directory.resolve("large.vhdx");
    Run.platter("convert", "-O", "vhdx", "-o", "logical_sector_size=4096", raw, large).mustWork();
  }

  private static void assertSectors(int size, Path image) {
    String facts = Run.platter("info", "--output=json", image).mustWork();
    assertTrue(facts.contains("\"logical-sector-size\": " + size), facts);
  }

  @Test
  void keepsThemWhereTheTargetCanSayIt() {
    Path copy = directory.resolve("copy.vhdx");
    Run.platter("convert", "-O", "vhdx", large, copy).mustWork();
    assertSectors(4096, copy);
    Run.qemuImg("convert", "-O", "vhdx", large, copy).mustWork();
    assertSectors(4096, copy);
    Run.platter("compare", raw, copy).mustWork();
  }

  @Test
  void makesOthersWhereAnOptionSaysSo() {
    Path copy = directory.resolve("copy.vhdx");
    Run.platter("convert", "-O", "vhdx", "-o", "logical_sector_size=512", large, copy).mustWork();
    assertSectors(512, copy);
  }

  @ParameterizedTest
  @ValueSource(strings = {"raw", "qcow2", "vmdk", "vpc", "vdi", "parallels"})
  void saysWhereTheTargetCannot(String format) {
    Path copy = directory.resolve("copy");
    for (Run run :
        new Run[] {
          Run.platter("convert", "-O", format, large, copy),
          Run.qemuImg("convert", "-O", format, large, copy)
        }) {
      assertEquals(0, run.exitCode());
      assertEquals(1, run.err().lines().count(), run.err());
      assertTrue(run.err().endsWith(LOST.formatted(format)), run.err());
    }
  }

  @Test
  void saysWhereJoinedDisksDiffer() {
    Path copy = directory.resolve("copy.vhdx");
    Run run = Run.platter("convert", "-O", "vhdx", large, raw, copy);
    assertEquals(0, run.exitCode());
    assertTrue(run.err().contains("sectors of 512 bytes, the one before of 4096"), run.err());
    assertSectors(512, copy);
    Run.platter("convert", "-O", "vhdx", large, large, copy).mustWork();
    assertSectors(4096, copy);
  }

  @Test
  void refusesAParentWithOthers() {
    Path small = directory.resolve("small.vhdx");
    Run.platter("convert", "-O", "vhdx", raw, small).mustWork();
    Path copy = directory.resolve("copy.vhdx");
    Run run = Run.platter("convert", "-O", "vhdx", "-B", small, "-F", "vhdx", large, copy);
    assertEquals(1, run.exitCode());
    assertTrue(run.err().contains("must have its parent's sector size"), run.err());
  }
}
