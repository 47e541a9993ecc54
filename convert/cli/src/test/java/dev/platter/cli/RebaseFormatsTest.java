package dev.platter.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.testdata.ExternalTool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Another image below overlays of all formats, each of which names its parent in its own way. */
class RebaseFormatsTest {
  /** Cylinders of four heads and 17 sectors, so that a VHD is as large. */
  private static final int DISK_BYTES = 128 * 4 * 17 * 512;

  @TempDir Path directory;
  private Path disk;
  private Path first;
  private Path second;
  private Path top;

  @BeforeEach
  void makeDisks() throws IOException {
    disk = directory.resolve("disk.raw");
    first = directory.resolve("first");
    second = directory.resolve("second");
    top = directory.resolve("top");
  }

  /** The two bases agree in parts, have zeros where the other has none, and hold noise. */
  private void makeChain(String format) throws IOException {
    byte[] bytes = new byte[DISK_BYTES];
    new Random(1).nextBytes(bytes);
    Arrays.fill(bytes, 0, 300_000, (byte) 0);
    convert(format, Files.write(directory.resolve("first.raw"), bytes), first);
    Arrays.fill(bytes, 1 << 20, 1_200_000, (byte) 5);
    Arrays.fill(bytes, 2 << 20, 3 << 20, (byte) 0);
    Arrays.fill(bytes, 100_000, 200_000, (byte) 6);
    convert(format, Files.write(directory.resolve("second.raw"), bytes), second);
    // Blocks of which some stay the base's.
    String options = format.equals("vdi") ? "block_size=64k" : "size=" + DISK_BYTES;
    Run.platter("create", "-q", "-f", format, "-b", first, "-F", format, "-o", options, top)
        .mustWork();
    // Here and there something of its own.
    Run.platter(
            "bench",
            "-q",
            "-w",
            "-f",
            format,
            "-c",
            "9",
            "-s",
            "5k",
            "-S",
            "450k",
            "--pattern",
            "77",
            top)
        .mustWork();
    Run.platter("convert", "-O", "raw", top, disk).mustWork();
  }

  private static void convert(String format, Path raw, Path image) {
    Run.platter("convert", "-f", "raw", "-O", format, raw, image).mustWork();
  }

  private void holdsTheDisk(Path image) {
    assertEquals(
        "Images are identical.\n", Run.platter("compare", "-f", "raw", disk, image).mustWork());
    assertEquals(0, Run.platter("check", "-q", image).exitCode());
  }

  @ParameterizedTest
  @ValueSource(strings = {"vmdk", "vhdx", "vdi", "vpc"})
  void theDiskStaysWhatItIsOverAnotherBase(String format) throws IOException {
    makeChain(format);
    Run.platter("rebase", "-b", second, "-F", format, top).mustWork();
    holdsTheDisk(top);
    Files.delete(first);
    holdsTheDisk(top);
    Run.platter("rebase", "-b", "", top).mustWork();
    Files.delete(second);
    holdsTheDisk(top);
  }

  /** What lies over an image that is rebased still fits it, as its disk has not changed. */
  @ParameterizedTest
  @ValueSource(strings = {"vmdk", "vhdx", "vdi", "vpc"})
  void anImageAboveStillOpens(String format) throws IOException {
    makeChain(format);
    Path above = directory.resolve("above");
    Run.platter("create", "-q", "-f", format, "-b", top, "-F", format, above).mustWork();
    Run.platter("rebase", "-b", second, "-F", format, top).mustWork();
    holdsTheDisk(above);
    Run.platter("rebase", "-b", "", top).mustWork();
    holdsTheDisk(above);
  }

  @ParameterizedTest
  @ValueSource(strings = {"vmdk", "vhdx", "vdi", "vpc"})
  void theNameAloneChanges(String format) throws IOException {
    makeChain(format);
    long before = Files.size(top);
    Run.platter("rebase", "-u", "-b", second, "-F", format, top).mustWork();
    assertEquals(1, Run.platter("compare", "-f", "raw", disk, top).exitCode());
    assertTrue(Files.size(top) < before + 8192, "nothing is copied");
    Run.platter("rebase", "-u", "-b", first, "-F", format, top).mustWork();
    holdsTheDisk(top);
  }

  @ParameterizedTest
  @ValueSource(strings = {"vmdk", "vhdx", "vdi", "vpc"})
  void aBaseOfAnotherFormatIsRefusedBeforeAnythingIsCopied(String format) throws IOException {
    makeChain(format);
    byte[] before = Files.readAllBytes(top);
    for (String how : new String[] {"-p", "-u"}) {
      Run run = Run.platter("rebase", how, "-b", disk, "-F", "raw", top);
      assertEquals(1, run.exitCode(), run.err());
      assertTrue(run.err().contains("Could not change the backing file to '" + disk), run.err());
      assertArrayEquals(before, Files.readAllBytes(top));
    }
  }

  @Test
  void aVdiFindsNoParentInAnotherDirectory() throws IOException {
    makeChain("vdi");
    Path elsewhere = Files.createDirectory(directory.resolve("elsewhere")).resolve("base");
    Files.copy(second, elsewhere);
    Run run = Run.platter("rebase", "-b", elsewhere, "-F", "vdi", top);
    assertEquals(1, run.exitCode());
    assertTrue(run.err().contains("must lie in one directory"), run.err());
    holdsTheDisk(top);
  }

  @ParameterizedTest
  @ValueSource(strings = {"vhdx", "vpc"})
  void anImageWhoseBlocksDoNotTellWhatIsInThemGetsNoParent(String format) throws IOException {
    makeChain(format);
    byte[] before = Files.readAllBytes(first);
    Run run = Run.platter("rebase", "-b", second, "-F", format, first);
    assertEquals(1, run.exitCode());
    assertTrue(run.err().contains("that was made without a parent cannot get one"), run.err());
    assertArrayEquals(before, Files.readAllBytes(first));
  }

  @ParameterizedTest
  @ValueSource(strings = {"vmdk", "vdi"})
  void anImageThatHadNoParentGetsOne(String format) throws IOException {
    makeChain(format);
    Run.platter("convert", "-O", "raw", first, disk).mustWork();
    Run.platter("rebase", "-b", second, "-F", format, first).mustWork();
    holdsTheDisk(first);
    Run.platter("rebase", "-b", "", first).mustWork();
    holdsTheDisk(first);
  }

  @Tag("interop")
  @Test
  void qemuImgReadsTheVmdk() throws IOException {
    makeChain("vmdk");
    Run.platter("rebase", "-b", second, "-F", "vmdk", top).mustWork();
    ExternalTool.qemuImg().run("compare", "-f", "raw", "-F", "vmdk", disk, top).mustExit(0);
    ExternalTool.qemuImg().run("check", top).mustExit(0);
    Path deep = Files.createDirectories(directory.resolve("d".repeat(120)).resolve("e"));
    Path far = deep.resolve("f".repeat(90));
    Files.copy(first, far);
    Run.platter("rebase", "-b", far, "-F", "vmdk", top).mustWork();
    ExternalTool.qemuImg().run("compare", "-f", "raw", "-F", "vmdk", disk, top).mustExit(0);
    Run.platter("commit", "-q", top).mustWork();
    ExternalTool.qemuImg().run("compare", "-f", "raw", "-F", "vmdk", disk, top).mustExit(0);
    ExternalTool.qemuImg().run("compare", "-f", "raw", "-F", "vmdk", disk, far).mustExit(0);
  }

  @Tag("interop")
  @ParameterizedTest
  @ValueSource(strings = {"vhdx", "vpc"})
  void libvhdiSeesTheParent(String format) throws IOException {
    makeChain(format);
    Run.platter("rebase", "-b", second, "-F", format, top).mustWork();
    assertEquals(identifier(second, "Identifier"), identifier(top, "Parent identifier"));
    Run.platter("rebase", "-b", "", top).mustWork();
    String told = ExternalTool.named("vhdiinfo").mustRun(top);
    assertTrue(told.contains("Dynamic") && !told.contains("Parent"), told);
  }

  private static String identifier(Path image, String key) {
    for (String line : ExternalTool.named("vhdiinfo").mustRun(image).lines().toList()) {
      if (line.strip().startsWith(key)) {
        return line.substring(line.indexOf(':') + 1).strip();
      }
    }
    throw new AssertionError("no " + key + " of " + image);
  }
}
