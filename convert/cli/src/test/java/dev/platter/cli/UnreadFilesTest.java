package dev.platter.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.testdata.ExternalTool;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Files that are known by their sign, and are no disk that is read: nobody takes them for raw. */
class UnreadFilesTest {
  private static final int SIZE = 64 << 10;

  @TempDir Path directory;

  /**
   * The beginning or the end of a file.
   *
   * @param name what info must call it
   */
  record Kind(String name, String head, String tail) {
    private static Kind head(String name, String head) {
      return new Kind(name, head, "");
    }

    byte[] bytes() {
      byte[] bytes = new byte[SIZE];
      byte[] first = head.getBytes(StandardCharsets.ISO_8859_1);
      byte[] last = tail.getBytes(StandardCharsets.ISO_8859_1);
      System.arraycopy(first, 0, bytes, 0, first.length);
      System.arraycopy(last, 0, bytes, SIZE - last.length, last.length);
      return bytes;
    }
  }

  static List<Kind> kinds() {
    return List.of(
        Kind.head("luks", "LUKS\u00ba\u00be\0\3"),
        Kind.head("qcow", "QFI\u00fb\0\0\0\0"),
        Kind.head("cloop", "#!/bin/sh\n#V3.0 Format\n"),
        new Kind("dmg", "", "cdsaencr"),
        Kind.head("dmg", "encrcdsa\0\0\0\2"),
        Kind.head("sparseimage", "sprs\0\0\0\3"),
        Kind.head("asif", "shdw\0\0\0\1\0\0\2\0"),
        Kind.head("android-sparse", ":\u00ff&\u00ed\1\0\0\0"),
        Kind.head("ewf", "EVF\t\r\n\u00ff\0\1"),
        Kind.head("ewf", "EVF2\r\n\u0081\0"),
        Kind.head("aff4", "PK\3\4" + "\0".repeat(26) + "container.description"),
        Kind.head("vma", "VMA\0\0\0\0\1"),
        Kind.head("wim", "MSWIM\0\0\0"),
        Kind.head("partclone", "partclone-image0002"),
        Kind.head("git-lfs", "version https://git-lfs.github.com/spec/v1\noid sha256:"),
        Kind.head("html", "<!DOCTYPE html>\n<title>404"),
        Kind.head("7z", "7z\u00bc\u00af\u0027\u001c\0\4"),
        Kind.head("rar", "Rar!\32\7\1\0"),
        Kind.head("cpio", "070707000000"),
        Kind.head("zip", "PK\7\10PK\3\4"),
        new Kind("zip", "", "PK\5\6\1\0" + "\0".repeat(16)),
        Kind.head("lzma", "]\0\0\200\0" + "\u00ff".repeat(8) + "\0"),
        Kind.head("lz4", "\2!L\30"),
        Kind.head("lzop", "\u0089LZO\0\r\n\32\n"),
        Kind.head("compress", "\u001f\u009d\u0090"));
  }

  private Path file(Kind kind) throws IOException {
    return Files.write(directory.resolve("file"), kind.bytes());
  }

  private static void mustRefuse(Kind kind, Run run) {
    assertTrue(run.exitCode() != 0, run.toString());
    assertEquals(1, run.err().lines().count(), run.err());
    assertTrue(run.err().contains(kind.name() + " "), run.err());
    assertTrue(run.err().contains("not read; format raw takes"), run.err());
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void isNamedAndRefusedByEveryCommand(Kind kind) throws IOException {
    Path file = file(kind);
    Path target = directory.resolve("target");
    String info = Run.platter("info", file).mustWork();
    assertTrue(info.contains("file format: " + kind.name() + "\n"), info);
    assertFalse(info.contains("virtual size: -"), info);
    String json = Run.platter("info", "--output=json", file).mustWork();
    assertFalse(json.contains("\"virtual-size\": -"), json);
    for (String format : List.of("raw", "qcow2", "vdi")) {
      mustRefuse(kind, Run.platter("convert", "-O", format, file, target));
      assertTrue(Files.notExists(target));
    }
    Path other = Files.write(directory.resolve("other"), new byte[SIZE]);
    mustRefuse(kind, Run.platter("compare", file, other));
    mustRefuse(kind, Run.platter("map", file));
    mustRefuse(kind, Run.platter("measure", "-O", "qcow2", file));
    mustRefuse(kind, Run.platter("check", file));
    mustRefuse(kind, Run.platter("check", "-r", "all", file));
    mustRefuse(kind, Run.platter("resize", file, "+1M"));
    mustRefuse(kind, Run.platter("compact", file));
    assertArrayEquals(kind.bytes(), Files.readAllBytes(file));
    Run.platter("convert", "-f", "raw", "-O", "raw", file, target).mustWork();
    assertArrayEquals(kind.bytes(), Files.readAllBytes(target));
  }

  @ParameterizedTest
  @MethodSource("kinds")
  @Tag("interop")
  void isRefusedInsideACompressionAndBelowAnOverlay(Kind kind) throws IOException {
    Path file = file(kind);
    Path packed = directory.resolve("packed.gz");
    Path target = directory.resolve("target");
    Run.platter("convert", "-f", "raw", file, packed).mustWork();
    for (String format : List.of("raw", "vdi")) {
      mustRefuse(kind, Run.platter("convert", "-O", format, packed, target));
      assertTrue(Files.notExists(target));
    }
    Path overlay = directory.resolve("overlay.qcow2");
    ExternalTool.qemuImg()
        .mustRun("create", "-q", "-u", "-f", "qcow2", "-b", file, "-F", "raw", overlay, "64K");
    forgetBackingFormat(overlay);
    mustRefuse(kind, Run.platter("convert", "-O", "raw", overlay, target));
    assertTrue(Files.notExists(target));
  }

  /**
   * Old programs do not say the format, and it is looked for: makes the extension an unknown one.
   */
  private static void forgetBackingFormat(Path overlay) throws IOException {
    byte[] bytes = Files.readAllBytes(overlay);
    String text = new String(bytes, StandardCharsets.ISO_8859_1);
    bytes[text.indexOf("\u00e2\u0079\u002a\u00ca")] ^= 1;
    Files.write(overlay, bytes);
  }

  /** To qemu-img all of them are raw disks. */
  @ParameterizedTest
  @MethodSource("kinds")
  void asQemuImgItIsRaw(Kind kind) throws IOException {
    Path target = directory.resolve("target");
    Run.qemuImg("convert", "-O", "raw", file(kind), target).mustWork();
    assertArrayEquals(kind.bytes(), Files.readAllBytes(target));
  }

  @Test
  void aQcow2ThatIsCutOffInItsHeaderIsNoRawDisk() throws IOException {
    Path file = directory.resolve("file");
    byte[] head = "QFI\u00fb\0\0\0\3".getBytes(StandardCharsets.ISO_8859_1);
    for (int length : List.of(8, 20, 71)) {
      Files.write(file, Arrays.copyOf(head, length));
      for (Run run : List.of(Run.platter("info", file), Run.qemuImg("info", file))) {
        assertEquals(1, run.exitCode());
        assertTrue(run.err().contains("qcow2 "), run.err());
      }
    }
  }

  @Test
  @Tag("interop")
  void archivesOfTheSystemsTools() throws IOException {
    byte[] disk = new byte[2 << 20];
    Arrays.fill(disk, (byte) 7);
    Path raw = Files.write(directory.resolve("disk.raw"), disk);
    byte[] names = "disk.raw\n".getBytes(StandardCharsets.US_ASCII);
    for (String kind : List.of("newc", "odc", "bin", "crc")) {
      byte[] archive =
          ExternalTool.named("cpio")
              .runWithInput(directory, names, "-o", "--quiet", "-H", kind)
              .mustExit(0)
              .stdoutBytes();
      mustBe("cpio", archive);
    }
    mustBe("lzma", ExternalTool.named("xz").run("--format=lzma", "-c", raw).stdoutBytes());
    mustBe("lz4", ExternalTool.named("lz4").run("-l", "-q", "-c", raw).stdoutBytes());
    Path sevenZip = directory.resolve("disk.7z");
    ExternalTool.named("7z").mustRun("a", "-bd", sevenZip, raw);
    mustBe("7z", Files.readAllBytes(sevenZip));
  }

  private void mustBe(String name, byte[] archive) throws IOException {
    Path file = Files.write(directory.resolve("archive"), archive);
    mustRefuse(new Kind(name, "", ""), Run.platter("convert", file, directory.resolve("target")));
  }
}
