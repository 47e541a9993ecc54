package dev.platter.cli;

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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VmdkCommandTest {
  @TempDir Path directory;
  private Path raw;
  private Path base;

  @BeforeEach
  void makeDisks() throws IOException {
    byte[] disk = new byte[(1 << 20) + 512];
    new Random(1).nextBytes(disk);
    Arrays.fill(disk, 100_000, 600_000, (byte) 0);
    raw = Files.write(directory.resolve("disk.raw"), disk);
    base = directory.resolve("base.vmdk");
    Run.platter("convert", "-O", "vmdk", raw, base).mustWork();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "monolithicSparse",
        "monolithicFlat",
        "twoGbMaxExtentSparse",
        "twoGbMaxExtentFlat",
        "streamOptimized"
      })
  void convertsToEverySubformatAndBack(String subformat) throws IOException {
    Path image = directory.resolve("a.vmdk");
    Path back = directory.resolve("back.raw");
    Run.qemuImg("convert", "-O", "vmdk", "-o", "subformat=" + subformat, raw, image).mustWork();
    Run.qemuImg("convert", "-f", "vmdk", "-O", "raw", image, back).mustWork();
    assertEquals(-1, Files.mismatch(raw, back));
    assertTrue(Run.qemuImg("info", image).mustWork().contains("create type: " + subformat + "\n"));
    assertEquals("No errors were found on the image.\n", Run.qemuImg("check", image).mustWork());
  }

  /** The grains are told by the extents' own files, and of all where they have the same. */
  @Test
  void infoTellsTheGrainsOfSplitDisks() throws IOException {
    Path split = directory.resolve("split.vmdk");
    Run.qemuImg("create", "-q", "-f", "vmdk", "-o", "subformat=twoGbMaxExtentSparse", split, "3G")
        .mustWork();
    String info = Run.qemuImg("info", split).mustWork();
    assertTrue(info.contains("\ncluster_size: 65536\n"), info);
    assertEquals(2, info.split("cluster size: 65536\n", -1).length - 1, info);
    Path second = directory.resolve("split-s002.vmdk");
    byte[] bytes = Files.readAllBytes(second);
    bytes[20] = 16; // grainSize, sectors
    Files.write(second, bytes);
    info = Run.qemuImg("info", split).mustWork();
    assertTrue(!info.contains("cluster_size"), info);
    assertTrue(info.contains("cluster size: 8192\n"), info);
    Files.delete(second);
    info = Run.qemuImg("info", split).mustWork();
    assertTrue(!info.contains("cluster_size") && info.contains("virtual size: 3 GiB"), info);
  }

  @Test
  void aChildRecordsItsParentAndIsRefusedOverAnother() {
    Path child = directory.resolve("child.vmdk");
    Run.platter("create", "-q", "-f", "vmdk", "-b", "base.vmdk", "-F", "vmdk", child).mustWork();
    Run.platter("compare", child, raw).mustWork();
    Path copy = directory.resolve("copy.vmdk");
    Run.platter("convert", "-O", "vmdk", "-B", "base.vmdk", "-F", "vmdk", child, copy).mustWork();
    Run.platter("compare", copy, raw).mustWork();
    Run.platter("convert", "-O", "vmdk", raw, base).mustWork(); // another disk by the same name
    Run refused = Run.platter("compare", child, raw);
    assertEquals(2, refused.exitCode());
    assertTrue(refused.err().contains("content ID"), refused.err());
  }

  @Test
  void aBackingFileOfAnotherFormatIsRefusedAndNothingIsLeft() {
    Path child = directory.resolve("child.vmdk");
    Run refused = Run.qemuImg("create", "-q", "-f", "vmdk", "-b", "disk.raw", "-F", "raw", child);
    assertEquals(1, refused.exitCode());
    assertTrue(refused.err().contains("backing_file must be a vmdk image"), refused.err());
    assertTrue(Files.notExists(child));
  }
}
