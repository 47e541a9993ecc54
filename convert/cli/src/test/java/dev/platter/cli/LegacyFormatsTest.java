package dev.platter.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.testdata.ExternalTool;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Images of formats that are only read, by all commands, and as qemu-img has them. */
@Tag("interop")
class LegacyFormatsTest {
  private static final Pattern TOLD =
      Pattern.compile(
          "\"(virtual-size|cluster-size|format|dirty-flag|encrypted|backing-filename|"
              + "backing-filename-format|compressed)\": ([^,\\n]+)");

  @TempDir Path directory;
  private final ExternalTool qemuImg = ExternalTool.qemuImg();
  private byte[] content;
  private Path raw;
  private List<Path> images;

  @BeforeEach
  void makeImages() throws IOException {
    content = new byte[20 * 16 * 63 * 512];
    new Random(3).nextBytes(content);
    Arrays.fill(content, 100_000, 5_000_000, (byte) 0);
    Arrays.fill(content, 6_000_000, 8_000_000, (byte) 'a');
    raw = Files.write(directory.resolve("disk.raw"), content);
    images = List.of(made("qcow"), made("qed"), over("qcow"), over("qed"), bochs(), cloop(), dmg());
  }

  private Path made(String format) {
    Path image = directory.resolve("disk." + format);
    qemuImg.mustRun("convert", "-O", format, raw, image);
    return image;
  }

  private Path over(String format) {
    Path image = directory.resolve("over." + format);
    qemuImg.mustRun("create", "-q", "-f", format, "-b", raw, "-F", "raw", image);
    return image;
  }

  private Path bochs() {
    Path image = directory.resolve("disk.bochs");
    ExternalTool.named("bximage").mustRun("-q", "-func=convert", "-imgmode=growing", raw, image);
    return image;
  }

  /** Its blocks of 64 KiB go past the end of the disk. */
  private Path cloop() {
    Path image = directory.resolve("disk.cloop");
    ExternalTool.named("create_compressed_fs").mustRun(raw, image);
    return image;
  }

  /** The disk as it is, a property list with one table, and the trailer. */
  private Path dmg() throws IOException {
    int sectors = content.length / 512;
    ByteBuffer table = ByteBuffer.allocate(204 + 2 * 40);
    table.putInt(0x6d697368).putInt(1).putLong(0).putLong(sectors).putInt(200, 2);
    table.putInt(204, 1).putLong(204 + 16, sectors).putLong(204 + 32, content.length);
    table.putInt(244, -1).putLong(244 + 8, sectors);
    byte[] list =
        ("<?xml version=\"1.0\"?>\n<plist><dict><key>resource-fork</key><dict><key>blkx</key>"
                + "<array><dict><key>Data</key>\n<data>\n"
                + Base64.getEncoder().encodeToString(table.array())
                + "\n</data>\n</dict></array></dict></dict></plist>\n")
            .getBytes(StandardCharsets.US_ASCII);
    ByteBuffer file = ByteBuffer.allocate(content.length + list.length + 512);
    file.put(content).put(list);
    int end = file.position();
    file.putInt(0x6b6f6c79).putInt(4).putInt(512);
    file.putLong(end + 32, content.length).putInt(end + 56, 1).putInt(end + 60, 1);
    file.putLong(end + 216, content.length).putLong(end + 224, list.length);
    file.putLong(end + 492, sectors);
    return Files.write(directory.resolve("disk.dmg"), file.array());
  }

  @Test
  void aDmgIsToldByItsNameToQemuImg() throws IOException {
    Path named = images.getLast();
    Path other = Files.copy(named, directory.resolve("disk.img"));
    assertTrue(Run.platter("info", other).mustWork().contains("file format: dmg\n"));
    assertTrue(Run.qemuImg("info", other).mustWork().contains("file format: raw\n"));
    assertTrue(Run.qemuImg("info", named).mustWork().contains("file format: dmg\n"));
    Path target = directory.resolve("target");
    ExternalTool.named("gzip").mustRun(other);
    Run.platter("convert", "-O", "raw", directory.resolve("disk.img.gz"), target).mustWork();
    assertArrayEquals(content, Files.readAllBytes(target));
  }

  @Test
  void areDescribedAsQemuImgDoes() {
    for (Path image : images) {
      String theirs = qemuImg.mustRun("info", "--output=json", image);
      String ours = Run.qemuImg("info", "--output=json", image).mustWork();
      assertEquals(told(theirs), told(ours), image.toString());
      assertEquals(
          lines(qemuImg.mustRun("info", image)),
          lines(Run.qemuImg("info", image).mustWork()),
          image.toString());
    }
  }

  /** What is said of the image; newer versions tell of its file, too. */
  private static TreeMap<String, String> told(String json) {
    TreeMap<String, String> told = new TreeMap<>();
    Matcher matcher = TOLD.matcher(json.replaceAll("(?s)\"children\": \\[.*?\n    \\]", ""));
    while (matcher.find()) {
      told.put(matcher.group(1), matcher.group(2));
    }
    return told;
  }

  private static List<String> lines(String text) {
    return text.lines()
        .takeWhile(line -> !line.startsWith("Child node"))
        .filter(line -> line.matches("(file format|virtual size|cluster_size|backing).*"))
        .toList();
  }

  @Test
  void areMappedAsQemuImgDoes() {
    for (Path image : images) {
      String theirs = qemuImg.mustRun("map", "--output=json", image);
      String ours = Run.qemuImg("map", "--output=json", image).mustWork();
      assertEquals(theirs, ours.replaceAll(", \"compressed\": (false|true)", ""), "" + image);
    }
  }

  @Test
  void areConvertedAndComparedToTheLastByte() throws IOException {
    Path target = directory.resolve("target");
    for (Path image : images) {
      Run.platter("convert", "-O", "raw", image, target).mustWork();
      byte[] bytes = Files.readAllBytes(target);
      assertArrayEquals(content, Arrays.copyOf(bytes, content.length), image.toString());
      assertEquals("Images are identical.\n", Run.platter("compare", target, image).mustWork());
      Run.platter("convert", "-c", "-O", "qcow2", image, target).mustWork();
      assertTrue(qemuImg.mustRun("compare", target, image).startsWith("Images are identical"));
      assertTrue(Run.platter("map", "--output=json", image).mustWork().contains("data"));
    }
  }

  @Test
  void areCheckedAsQemuImgDoes() {
    for (Path image : images) {
      ExternalTool.Result theirs = qemuImg.run("check", image);
      Run ours = Run.qemuImg("check", image);
      assertEquals(theirs.exitCode(), ours.exitCode(), image + ": " + ours);
      assertEquals(theirs.stdout(), ours.out(), image.toString());
      long lines = theirs.stderr().lines().filter(line -> !line.contains("module")).count();
      assertEquals(lines, ours.err().lines().count(), ours.err());
    }
  }

  @Test
  void areNotMadeAndNotChanged() throws IOException {
    for (Path image : images) {
      byte[] before = Files.readAllBytes(image);
      String format = image.toString().replaceAll(".*\\.", "");
      String words = "Format driver '" + format + "' does not support image creation";
      Path target = directory.resolve("new." + format);
      for (Run run :
          List.of(
              Run.platter("create", "-f", format, target, "1M"),
              Run.platter("convert", "-O", format, raw, target),
              Run.platter("convert", "-O", format, "-o", "help", raw, target),
              Run.qemuImg("measure", "-O", format, raw))) {
        mustFail(run, words);
        assertFalse(Files.exists(target));
      }
      mustFail(Run.platter("resize", image, "+1M"), "cannot be changed in place");
      mustFail(Run.platter("check", "-r", "all", image), format);
      mustFail(Run.platter("convert", "-n", "-O", format, raw, image), "");
      assertArrayEquals(before, Files.readAllBytes(image));
    }
  }

  private static void mustFail(Run run, String words) {
    assertTrue(run.exitCode() != 0, run.toString());
    assertEquals(1, run.err().lines().count(), run.err());
    assertTrue(run.err().contains(words), run.err());
  }

  @Test
  void aPassphraseOpensAnEncryptedOne() throws IOException {
    Path image = directory.resolve("aes.qcow");
    Path target = directory.resolve("target");
    String secret = "secret,id=s,data=platter";
    qemuImg.mustRun(
        "convert",
        "--object",
        secret,
        "-O",
        "qcow",
        "-o",
        "encrypt.format=aes,encrypt.key-secret=s",
        raw,
        image);
    assertEquals(
        told(qemuImg.mustRun("info", "--output=json", image)),
        told(Run.qemuImg("info", "--output=json", image).mustWork()));
    mustFail(Run.platter("convert", "-O", "raw", image, target), "");
    String options = "driver=qcow,encrypt.key-secret=s,file.filename=" + image;
    Run.qemuImg("convert", "--object", secret, "--image-opts", options, "-O", "raw", target)
        .mustWork();
    assertArrayEquals(content, Files.readAllBytes(target));
  }
}
