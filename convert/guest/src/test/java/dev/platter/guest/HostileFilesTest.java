package dev.platter.guest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.guest.copy.Extraction;
import dev.platter.guest.copy.TarWriter;
import dev.platter.guest.files.Budget;
import dev.platter.testdata.ExternalTool;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.NoSuchElementException;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Trees of files that no system wrote: they end, and nothing gets out of where it belongs. */
@Tag("interop")
@Timeout(60)
class HostileFilesTest {
  @TempDir Path directory;

  private byte[] disk(String commands) throws IOException {
    Path disk = directory.resolve("disk");
    Files.write(disk, new byte[4 << 20]);
    ExternalTool.named("mke2fs").run("-q", "-F", "-t", "ext2", "-b", "1024", disk).mustExit(0);
    Path file = Files.writeString(directory.resolve("file"), "content");
    Path script =
        Files.writeString(directory.resolve("script"), commands.replace("FILE", file.toString()));
    ExternalTool.named("debugfs").run("-w", "-f", script, disk).mustExit(0);
    return Files.readAllBytes(disk);
  }

  private static void replaceAll(byte[] disk, String from, String to) {
    byte[] old = from.getBytes(StandardCharsets.US_ASCII);
    byte[] other = to.getBytes(StandardCharsets.US_ASCII);
    int count = 0;
    for (int i = 0; i + old.length <= disk.length; i++) {
      int end = i + old.length;
      if (Arrays.equals(disk, i, end, old, 0, old.length)) {
        System.arraycopy(other, 0, disk, i, other.length);
        count++;
      }
    }
    assertTrue(count > 0, from);
  }

  private void extract(byte[] disk, Path target) throws IOException {
    FilesOut.open(
        Disks.map(disk),
        (volume, root) ->
            Extraction.extract(root, target, budget(volume), false, (path, why) -> {}, () -> {}));
  }

  private static void tar(byte[] disk) throws IOException {
    FilesOut.open(
        Disks.map(disk),
        (volume, root) -> {
          TarWriter tar = new TarWriter(OutputStream.nullOutputStream(), () -> {});
          tar.add(root, "", budget(volume), (path, why) -> {});
          tar.finish();
        });
  }

  private static Budget budget(Volume volume) {
    return volume.bytes().orElseThrow().budget();
  }

  private static void assertRefused(byte[] disk, Path target, String why) throws IOException {
    HostileFilesTest test = new HostileFilesTest();
    IOException refused = assertThrows(IOException.class, () -> test.extract(disk, target));
    assertTrue(refused.getMessage().contains(why), refused.getMessage());
    assertFalse(Files.exists(target), "nothing is left of it");
    assertThrows(IOException.class, () -> tar(disk));
  }

  @ParameterizedTest
  @ValueSource(strings = {"../escape", "a/b/c/d/e", "/tmp/esca"})
  void aNameThatLeadsElsewhereIsRefused(String name) throws IOException {
    String plain = "XXXXXXXXXXXX".substring(0, name.length());
    byte[] disk = disk("write FILE good\nwrite FILE " + plain + "\n");
    replaceAll(disk, plain, name);
    assertRefused(disk, directory.resolve("target"), "with the name");
  }

  @Test
  void aDirectoryInItselfIsRefused() throws IOException {
    byte[] disk = disk("mkdir a\nmkdir a/b\nlink a a/b/loop\n");
    assertRefused(disk, directory.resolve("target"), "loop");
  }

  @Test
  void manyWaysToOneDirectoryAreNotAllGone() throws IOException {
    StringBuilder commands = new StringBuilder("mkdir d0\n");
    for (int i = 1; i < 30; i++) { // 2^30 ways to the last one
      commands.append("mkdir d").append(i).append('\n');
      commands.append("link d%d d%d/x\nlink d%d d%d/y\n".formatted(i - 1, i, i - 1, i));
    }
    assertRefused(disk(commands.toString()), directory.resolve("target"), "loop");
  }

  /** Two names of one directory that are the same: a link, and a directory that hides behind it. */
  @Test
  void nothingIsWrittenThroughALink() throws IOException {
    Path outside = Files.createDirectory(directory.resolve("outside"));
    byte[] disk =
        disk(
            "symlink outA "
                + outside
                + "\nmkdir outB\ncd outB\nwrite FILE evil\ncd /\nsymlink good /etc/passwd\n");
    replaceAll(disk, "outB", "outA");
    Path target = directory.resolve("target");
    extract(disk, target);
    assertEquals("/etc/passwd", Files.readSymbolicLink(target.resolve("good")).toString());
    // Of two files of one name there is one.
    assertEquals(outside.toString(), Files.readSymbolicLink(target.resolve("outA")).toString());
    try (Stream<Path> files = Files.list(outside)) {
      assertEquals(0, files.count());
    }
  }

  @Test
  void whatIsThereIsNotWrittenOver() throws IOException {
    byte[] disk = disk("write FILE good\n");
    Path target = Files.createDirectory(directory.resolve("target"));
    Files.writeString(target.resolve("good"), "mine");
    IOException refused = assertThrows(IOException.class, () -> extract(disk, target));
    assertTrue(refused.getMessage().contains("there already"), refused.getMessage());
    assertEquals("mine", Files.readString(target.resolve("good")));
    Path link = Files.createSymbolicLink(directory.resolve("link"), target);
    assertThrows(IOException.class, () -> extract(disk, link));
  }

  @Test
  void setUidIsNotKept() throws IOException {
    byte[] disk = disk("write FILE shell\nset_inode_field shell mode 0106755\n");
    Path target = directory.resolve("target");
    extract(disk, target);
    assertEquals(0100755, (int) Files.getAttribute(target.resolve("shell"), "unix:mode"));
  }

  /** A file of a gigabyte that stores one block takes no time, and no room. */
  @Test
  void aHugeHoleIsAHole() throws IOException {
    byte[] disk = disk("write FILE huge\nset_inode_field huge size 0x3fffffff\n");
    Path target = directory.resolve("target");
    extract(disk, target);
    assertEquals(0x3fffffffL, Files.size(target.resolve("huge")));
    tar(disk);
  }

  /** Every byte that says something is changed at some time; only exceptions come out of it. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void damageIsAnErrorOrNothing(int seed) throws IOException {
    byte[] disk =
        disk(
            "mkdir a\ncd a\nwrite FILE one\nwrite FILE two\nsymlink three one\ncd /\n"
                + "ea_set a/one user.x y\nwrite FILE four\n");
    Random random = new Random(seed);
    for (int round = 0; round < 200; round++) {
      byte[] changed = disk.clone();
      for (int i = 0; i < 200; i++) {
        int at = random.nextInt(64 << 10);
        if (changed[at] != 0) {
          changed[at] = (byte) random.nextInt(256);
        }
      }
      try {
        tar(changed);
      } catch (IOException | NoSuchElementException e) {
        continue; // no file system any more, or one that is damaged
      }
    }
  }
}
