package dev.platter.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
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

/** Commits from and into images of all formats. */
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

  private void holds(Path expected, Path image) {
    assertEquals(
        "Images are identical.\n", Run.platter("compare", "-f", "raw", expected, image).mustWork());
  }

  /** VMDK, VHDX and VDI note which content their parent has, which is another one afterwards. */
  @ParameterizedTest
  @ValueSource(strings = {"vmdk", "vhdx", "vdi", "vpc"})
  void theOverlayOpensOverTheChangedBase(String format) throws IOException {
    makeChain(format);
    long stored = Files.size(top);
    Run.platter("commit", "-q", "-d", top).mustWork();
    holds(after, base);
    holds(after, top);
    assertEquals(stored, Files.size(top), "-d leaves it as it is");
    Run.platter("commit", "-q", top).mustWork();
    holds(after, base);
    holds(after, top);
    assertTrue(Files.size(top) < stored / 2, "it is emptied");
    assertEquals(0, Run.platter("check", "-q", top).exitCode());
    assertEquals(0, Run.platter("check", "-q", base).exitCode());
  }

  @ParameterizedTest
  @ValueSource(strings = {"vmdk", "vhdx", "vdi", "vpc"})
  void theImageBetweenOpensOverABaseThatIsCommittedToFromAbove(String format) throws IOException {
    makeChain(format);
    Path above = directory.resolve("above.qcow2");
    Run.platter("create", "-q", "-f", "qcow2", "-b", top, "-F", format, above).mustWork();
    Run.platter("commit", "-q", "-b", base, above).mustWork();
    holds(after, base);
    holds(after, top);
    holds(after, above);
  }

  /** Another overlay of the same base would show another disk, and says so. */
  @ParameterizedTest
  @ValueSource(strings = {"vmdk", "vhdx", "vdi"})
  void anotherOverlayOfTheBaseSeesThatItHasChanged(String format) throws IOException {
    makeChain(format);
    Path sibling = directory.resolve("sibling");
    Run.platter("create", "-q", "-f", format, "-b", base, "-F", format, sibling).mustWork();
    holds(before, sibling);
    Run.platter("commit", "-q", top).mustWork();
    assertNotEquals(0, Run.platter("info", "--backing-chain", sibling).exitCode());
    Run.platter("rebase", "-u", "-b", base, "-F", format, sibling).mustWork();
    holds(after, sibling);
  }

  @ParameterizedTest
  @ValueSource(strings = {"vhdx", "vdi"})
  void theBaseGrowsToTheSizeOfTheOverlay(String format) throws IOException {
    Run.platter("convert", "-O", format, before, base).mustWork();
    Run.platter("create", "-q", "-f", format, "-b", base, "-F", format, top, "8M").mustWork();
    Path large = directory.resolve("large.raw");
    Run.platter("convert", "-O", "raw", top, large).mustWork();
    Run.platter("commit", "-q", top).mustWork();
    holds(large, base);
    holds(large, top);
  }

  @Test
  void whatCannotBeEmptiedIsRefusedBeforeTheBaseIsWrittenTo() throws IOException {
    Run.platter("convert", "-O", "vmdk", before, base).mustWork();
    Run.platter(
            "convert",
            "-O",
            "vmdk",
            "-o",
            "subformat=streamOptimized",
            "-B",
            base,
            "-F",
            "vmdk",
            after,
            top)
        .mustWork();
    byte[] baseBytes = Files.readAllBytes(base);
    Run run = Run.platter("commit", top);
    assertEquals(1, run.exitCode());
    assertTrue(
        run.err().startsWith("platter: '" + top + "' cannot be emptied (")
            && run.err().endsWith("); -d leaves it as it is\n"),
        run.err());
    assertArrayEquals(baseBytes, Files.readAllBytes(base));
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
