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

/** The commands that change an image in place. */
class EditCommandsTest {
  private static final int DISK_BYTES = 1 << 20;

  @TempDir Path directory;
  private Path raw;
  private byte[] disk;

  @BeforeEach
  void makeDisk() throws IOException {
    disk = new byte[DISK_BYTES];
    new Random(1).nextBytes(disk);
    raw = Files.write(directory.resolve("disk.raw"), disk);
  }

  private static void fails(int exitCode, String message, Run run) {
    assertEquals(message + "\n", run.err());
    assertEquals(exitCode, run.exitCode());
    assertEquals("", run.out());
  }

  @Test
  void resizesByAndToASize() throws IOException {
    assertEquals("Image resized.\n", Run.qemuImg("resize", "-f", "raw", raw, "2M").mustWork());
    assertEquals(2 << 20, Files.size(raw));
    assertEquals("", Run.qemuImg("resize", "-q", "-f", "raw", raw, "+1M").mustWork());
    assertEquals(3 << 20, Files.size(raw));
    Run.qemuImg("resize", "-f", "raw", "--shrink", raw, "-2M").mustWork();
    assertArrayEquals(disk, Files.readAllBytes(raw));
  }

  @Test
  void shrinksOnlyWhenToldTo() throws IOException {
    fails(
        1,
        "qemu-img: Use the --shrink option to perform a shrink operation.\n"
            + "qemu-img: warning: Shrinking an image will delete all data beyond the shrunken"
            + " image's end. Before performing such an operation, make sure there is no important"
            + " data there.",
        Run.qemuImg("resize", "-f", "raw", raw, "512k"));
    assertArrayEquals(disk, Files.readAllBytes(raw));
  }

  @Test
  void refusesSizesAndModesThatCannotBe() throws IOException {
    fails(
        1,
        "qemu-img: New image size must be positive",
        Run.qemuImg("resize", "-f", "raw", "--shrink", raw, "-1M"));
    fails(
        1,
        "qemu-img: Preallocation can only be used for growing images",
        Run.qemuImg("resize", "-f", "raw", "--shrink", "--preallocation=full", raw, "512"));
    fails(
        1,
        "qemu-img: Invalid preallocation mode 'some'",
        Run.qemuImg("resize", "-f", "raw", "--preallocation=some", raw, "2M"));
    fails(
        1,
        "qemu-img: Unsupported preallocation mode: metadata",
        Run.qemuImg("resize", "-f", "raw", "--preallocation=metadata", raw, "2M"));
    fails(
        1,
        "qemu-img: Expecting image file name and size\n"
            + "Try 'qemu-img resize --help' for more information",
        Run.qemuImg("resize", "-f", "raw", raw));
    assertEquals(1, Run.qemuImg("resize", "-f", "raw", raw, "+8E").exitCode());
    assertArrayEquals(disk, Files.readAllBytes(raw));
  }

  @Test
  void warnsAsQemuImgWhenARawDiskIsGuessed() {
    Run run = Run.qemuImg("resize", raw, "2M");
    assertEquals("Image resized.\n", run.out());
    assertTrue(
        run.err().startsWith("WARNING: Image format was not specified for '" + raw + "'"),
        run.err());
    Run.platter("resize", raw, "3M").mustWork();
  }

  @Test
  void asQemuImgRefusesWhatQemuImgCannot() {
    Path vdi = directory.resolve("disk.vdi");
    Run.qemuImg("convert", "-O", "vdi", raw, vdi).mustWork();
    fails(
        1,
        "qemu-img: Image format driver does not support resize",
        Run.qemuImg("resize", vdi, "2M"));
    fails(
        63,
        "qemu-img: This image format does not support checks",
        Run.qemuImg("check", "-r", "all", vdi));
    fails(
        63,
        "qemu-img: This image format does not support checks",
        Run.qemuImg("check", "-r", "leaks", "-f", "raw", raw));
    assertEquals(1, Run.qemuImg("compact", raw).exitCode());
  }

  @Test
  void namesFormatsThatCannotBeChanged() {
    Path stream = directory.resolve("disk.vmdk");
    Run.platter("convert", "-O", "vmdk", "-o", "subformat=streamOptimized", raw, stream).mustWork();
    Run run = Run.platter("resize", stream, "2M");
    assertEquals(1, run.exitCode());
    assertTrue(run.err().contains("vmdk"), run.err());
    assertEquals(1, run.err().lines().count(), run.err());
  }

  @Test
  void compactionOfARawDiskMakesHoles() throws IOException {
    Arrays.fill(disk, 0, DISK_BYTES / 2, (byte) 0);
    Files.write(raw, disk);
    assertEquals(
        "Image compacted: 512 KiB (524288 bytes) given back.\n",
        Run.platter("compact", "-f", "raw", raw).mustWork());
    assertArrayEquals(disk, Files.readAllBytes(raw));
  }

  @Test
  void aFileThatIsMissingIsNamed() {
    Path missing = directory.resolve("missing");
    fails(
        1,
        "platter: Could not open '" + missing + "': No such file or directory",
        Run.platter("resize", missing, "2M"));
  }

  @Test
  void resizesAndRepairsVhdAndVhdxAsPlatterOnly() throws IOException {
    for (String format : new String[] {"vpc", "vhdx"}) {
      Path image = directory.resolve("disk." + format);
      Run.platter("convert", "-O", format, raw, image).mustWork();
      Run.platter("resize", image, "+8M").mustWork();
      assertEquals(
          "No errors were found on the image.\n",
          Run.platter("check", "-r", "all", image).mustWork());
      Run.platter("compact", "-q", image).mustWork();
      Path back = directory.resolve("back.raw");
      Run.platter("convert", "-O", "raw", image, back).mustWork();
      assertArrayEquals(disk, Arrays.copyOf(Files.readAllBytes(back), DISK_BYTES));
      assertEquals(1, Run.qemuImg("resize", image, "+1M").exitCode());
    }
  }

  @Test
  void tellsWhatWasRepaired() throws IOException {
    Path image = directory.resolve("disk.vhd");
    Run.platter("convert", "-O", "vpc", raw, image).mustWork();
    byte[] bytes = Files.readAllBytes(image);
    bytes[bytes.length - 100] ^= 1;
    Files.write(image, bytes);
    Run check = Run.platter("check", image);
    assertEquals(2, check.exitCode());
    Run run = Run.platter("check", "-r", "all", image);
    assertEquals(0, run.exitCode(), run.err());
    assertEquals(check.err(), run.err());
    assertEquals(
        """
        The following inconsistencies were found and repaired:

            0 leaked clusters
            1 corruptions

        Double checking the fixed image now...
        No errors were found on the image.
        """,
        run.out());
    bytes = Files.readAllBytes(image);
    bytes[bytes.length - 100] ^= 1;
    Files.write(image, bytes);
    assertTrue(
        Run.platter("check", "-r", "all", "--output=json", image)
            .out()
            .contains("\"corruptions-fixed\": 1,"));
  }

  @Test
  void saysWhatWasPaddedForAzure() throws IOException {
    Path odd = Files.write(directory.resolve("odd.raw"), new byte[1000 * 512]);
    Run run =
        Run.platter(
            "convert", "-O", "vpc", "-o", "profile=azure", odd, directory.resolve("azure.vhd"));
    assertEquals(0, run.exitCode());
    assertTrue(run.err().contains("padded with 536576 zero bytes to 1048576 bytes"), run.err());
    Run.platter("convert", "-O", "vpc", "-o", "profile=azure", raw, directory.resolve("whole.vhd"))
        .mustWork();
  }

  @Test
  void theRuleForTheSizeOfAVhdCanBeChosen() throws IOException {
    Path image = directory.resolve("disk.vhd");
    Run.platter("create", "-f", "vpc", image, "10000000").mustWork();
    String name =
        "json:{\"driver\":\"vpc\",\"force_size_calc\":\"chs\",\"file\":{\"driver\":\"file\","
            + "\"filename\":\""
            + image
            + "\"}}";
    Run.qemuImg("info", name).mustWork();
    Run wrong = Run.qemuImg("info", name.replace("chs", "mine"));
    assertTrue(wrong.err().endsWith("Invalid size calculation mode: 'mine'\n"), wrong.err());
    assertEquals(1, Run.platter("resize", name, "+1M").exitCode());
  }
}
