package dev.platter.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.testdata.ExternalTool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code convert --digest} tells, by plain digests of the same bytes. */
class ConvertDigestTest {
  private static final int MIB = 1 << 20;

  @TempDir Path directory;
  private byte[] content;
  private Path raw;

  @BeforeEach
  void makeDisk() throws IOException {
    content = new byte[9 * MIB + 512];
    Random random = new Random(3);
    for (int at : new int[] {0, 2 * MIB + 4096, 8 * MIB}) {
      byte[] data = new byte[500_000];
      random.nextBytes(data);
      System.arraycopy(data, 0, content, at, data.length);
    }
    raw = Files.write(directory.resolve("disk.raw"), content);
  }

  private static String sha256(byte[] content) throws Exception {
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
  }

  private static String line(String whose, byte[] content, Path file) throws Exception {
    return whose + "sha256:" + sha256(content) + "  " + file + "\n";
  }

  private Path file(String name) {
    return directory.resolve(name);
  }

  /** The line of the disk is the one that the command digest tells. */
  @Test
  void tellsOfTheDiskTheSourceAndTheTarget() throws Exception {
    for (List<String> how :
        List.of(
            List.of("-O", "raw"),
            List.of("-O", "qcow2"),
            List.of("-c", "-O", "qcow2"),
            List.of("-O", "vmdk", "-o", "subformat=streamOptimized"),
            List.of("-m", "1", "-S", "0", "-O", "vdi"))) {
      Path image = Files.createTempFile(directory, "made", ".img");
      List<Object> words = new ArrayList<>(List.of("convert", "--digest"));
      words.add("sha256-blocks,sha256,source:sha256,target:sha256");
      words.addAll(how);
      words.addAll(List.of(raw, image));
      String told = Run.platter(words.toArray()).mustWork();
      String ofDisk = Run.platter("digest", "-a", "sha256-blocks,sha256", image).mustWork();
      assertEquals(
          ofDisk
              + line("source:", content, raw)
              + line("target:", Files.readAllBytes(image), image),
          told,
          how.toString());
      assertTrue(ofDisk.contains(sha256(content)), ofDisk);
    }
  }

  @Test
  @Tag("interop")
  void tellsOfWrappedSourcesAndPipesWhatTheirFilesHold() throws Exception {
    Path packed = file("disk.raw.xz");
    Run.platter("convert", raw, packed).mustWork();
    byte[] bytes = Files.readAllBytes(packed);
    Path image = file("new.qcow2");
    String expected = line("", content, image) + line("source:", bytes, packed);
    assertEquals(
        expected,
        Run.platter("convert", "--digest", "sha256,source:sha256", "-O", "qcow2", packed, image)
            .mustWork());
    Path fifo = file("fifo");
    ExternalTool.named("mkfifo").mustRun(fifo);
    Process sender =
        new ProcessBuilder("sh", "-c", "cat \"$1\" > \"$2\"", "sh", packed.toString(), fifo + "")
            .start();
    assertEquals(
        expected.replace(packed.toString(), fifo.toString()),
        Run.platter("convert", "--digest", "sha256,source:sha256", "-O", "qcow2", fifo, image)
            .mustWork());
    assertEquals(0, sender.waitFor());
  }

  /** That a fixed VHD is one is seen at its end, and then it is read anew. */
  @Test
  void tellsOfASourceThatIsReadTwiceWhatItIs() throws Exception {
    Path fixed = file("fixed.vpc.xz");
    Path plain = file("fixed.vpc");
    Run.platter("convert", "-O", "vpc", "-o", "subformat=fixed,force_size=on", raw, plain)
        .mustWork();
    Run.platter("convert", "-f", "raw", plain, fixed).mustWork();
    Path image = file("new.qcow2");
    assertEquals(
        Run.platter("digest", "-a", "sha256,sha256-blocks", plain)
                .mustWork()
                .replace(plain.toString(), image.toString())
            + line("source:", Files.readAllBytes(fixed), fixed),
        Run.platter(
                "convert",
                "--digest",
                "sha256,sha256-blocks,source:sha256",
                "-O",
                "qcow2",
                fixed,
                image)
            .mustWork());
  }

  /** An overlay holds what differs alone; its disk is more. */
  @Test
  void tellsOfAnOverlayWhatShowsThroughToo() throws Exception {
    Path overlay = file("overlay.qcow2");
    Run.platter("create", "-q", "-f", "qcow2", "-F", "raw", "-b", raw, overlay).mustWork();
    Path made = file("made.qcow2");
    assertEquals(
        line("", content, made),
        Run.platter(
                "convert",
                "--digest",
                "sha256",
                "-O",
                "qcow2",
                "-F",
                "raw",
                "-B",
                raw,
                overlay,
                made)
            .mustWork());
  }

  @Test
  void saysWhenTheDiskOfTheTargetIsLarger() throws Exception {
    Path larger = file("larger.qcow2");
    Run.platter("create", "-q", "-f", "qcow2", larger, "16M").mustWork();
    Run run = Run.platter("convert", "-n", "--digest", "sha256", "-O", "qcow2", raw, larger);
    assertEquals(0, run.exitCode());
    assertEquals(line("", content, larger), run.out());
    assertTrue(run.err().contains("its disk has 16777216 bytes"), run.err());
    assertTrue(run.err().contains("of the " + content.length + " that"), run.err());
  }

  @Test
  void nothingIsMadeWhereADigestCannotBe() throws Exception {
    Path image = file("none.qcow2");
    for (String names : List.of("crc32", "sha256,", "", "source:", "disk:sha256", "SHA256")) {
      assertEquals(1, Run.platter("convert", "--digest", names, raw, image).exitCode(), names);
    }
    assertEquals(1, Run.platter("convert", "-C", "--digest", "sha256", raw, image).exitCode());
    assertEquals(1, Run.qemuImg("convert", "--digest", "sha256", raw, image).exitCode());
    assertTrue(Files.notExists(image));
  }
}
