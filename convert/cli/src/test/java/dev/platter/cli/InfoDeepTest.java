package dev.platter.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.cli.line.Failure;
import dev.platter.image.IllegalOptionException;
import dev.platter.image.name.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code info --deep}: what a disk holds. */
class InfoDeepTest {
  private static final Path GOLDEN = Path.of("..", "..", "testdata", "golden");
  private static final Path LINUX = GOLDEN.resolve("tiny-linux.qcow2");

  @TempDir Path directory;

  private static Map<?, ?> guest(Path image) throws IllegalOptionException {
    Map<?, ?> json =
        JsonParser.parseObject(Run.platter("info", "--deep", "--output=json", image).mustWork());
    return (Map<?, ?>) json.get("guest");
  }

  private static String text(Path image) {
    String out = Run.platter("info", "--deep", image).mustWork();
    return out.substring(out.indexOf("Guest:"));
  }

  @Test
  void columnsAreAlignedAndEmptyOnesLeftOut() {
    assertEquals(
        """
        Guest:
            operating system: Windows Server 2022 Standard, x86_64 (partition 3)
            firmware: UEFI
            UEFI starts: /EFI/Microsoft/Boot/bootmgfw.efi, x86_64, not signed (partition 1)
            partition table: GPT, sectors of 512 bytes, id 00112233-4455-6677-8899-aabbccddeeff
               START      SIZE  TYPE                  NAME                  HOLDS  LABEL    UUID
            1  1 MiB    16 MiB  EFI system            EFI system partition  fat16  SYSTEM   0011-2233
            2 17 MiB     1 MiB  Microsoft reserved
            3 18 MiB    30 MiB  Microsoft basic data  Basic data partition  ntfs   Windows  X
        """
            .replaceAll(" +", " "),
        text(GOLDEN.resolve("guest/windows.qcow2"))
            .replaceAll("[0-9A-F]{16}", "X")
            .replaceAll(" +", " "));
  }

  @Test
  void jsonHasItUnderAKeyOfItsOwn() throws IllegalOptionException {
    Map<?, ?> guest = guest(LINUX);
    Map<?, ?> table = (Map<?, ?>) guest.get("partition-table");
    assertEquals("mbr", table.get("type"));
    Map<?, ?> system = (Map<?, ?>) ((List<?>) guest.get("operating-systems")).getFirst();
    assertEquals("Tiny Linux", system.get("pretty-name"));
    assertEquals("tiny", ((Map<?, ?>) guest.get("image-properties")).get("os_distro"));
  }

  @Test
  void looksThroughBackingFiles() throws IOException, Failure {
    Path base = Files.copy(LINUX, directory.resolve("base.qcow2"));
    Path over = directory.resolve("over.qcow2");
    Run.platter("create", "-f", "qcow2", "-b", base, "-F", "qcow2", over).mustWork();
    assertEquals(guest(LINUX), guest(over));
    assertTrue(text(over).contains("Tiny Linux"));
  }

  @Test
  void worksForEveryFormat() throws IllegalOptionException {
    for (String format : List.of("raw", "vdi", "vmdk", "vpc", "vhdx")) {
      Path image = directory.resolve("disk." + format);
      Run.platter("convert", "-O", format, LINUX, image).mustWork();
      Map<?, ?> system = (Map<?, ?>) ((List<?>) guest(image).get("operating-systems")).getFirst();
      assertEquals("Tiny Linux", system.get("pretty-name"), format);
    }
  }

  @Test
  void whatHoldsNothingSaysSo() throws IOException {
    Path empty = Files.write(directory.resolve("empty.raw"), new byte[1 << 20]);
    assertEquals(
        "Guest:\n    contents: no partition table and no file system that is known here\n",
        text(empty));
  }

  @Test
  void qemuImgHasNoSuchOption() {
    assertEquals(1, Run.qemuImg("info", "--deep", LINUX).exitCode());
    assertFalse(Run.qemuImg("info", "--help").mustWork().contains("--deep"));
    assertTrue(Run.platter("info", "--help").mustWork().contains("--deep"));
  }
}
