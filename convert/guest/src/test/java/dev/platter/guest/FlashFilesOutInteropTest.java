package dev.platter.guest;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.guest.files.Node;
import dev.platter.testdata.ExternalTool;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** File systems of sticks, cards and discs that are written again: exFAT, F2FS, UDF. */
@Tag("interop")
class FlashFilesOutInteropTest extends FilesOut {
  /** What exFAT and UDF have room for: no links, no owners. */
  private Path plainTree() throws IOException {
    Path from = Files.createDirectories(directory.resolve("from"));
    Path deep = Files.createDirectories(from.resolve("Sub Directory/deeper"));
    Files.write(deep.resolve("A Large File.bin"), GuestTree.large());
    Files.writeString(deep.resolve("lower.txt"), "lower");
    Files.createFile(from.resolve("empty"));
    Files.createDirectory(from.resolve("nothing"));
    Files.writeString(from.resolve("größe äöü"), "umlauts");
    Files.write(from.resolve("another large one"), GuestTree.large());
    Files.writeString(from.resolve("n".repeat(200)), "a long name");
    Path many = Files.createDirectory(from.resolve("many"));
    for (int i = 0; i < 120; i++) {
      Files.writeString(many.resolve("a-file-with-a-rather-long-name-" + i), "file " + i);
    }
    return from;
  }

  @ParameterizedTest
  @ValueSource(strings = {"-c 4K", "-c 32K -L LABEL", "-c 512"})
  void exfat(String options) throws IOException {
    Path disk = disk(16);
    runWith("mkfs.exfat", options, disk);
    Path from = plainTree();
    try (ExfatWriter writer = new ExfatWriter(disk)) {
      writer.addAll(from);
    }
    run("fsck.exfat", "-n", disk);
    Set<String> kept = Set.of("time");
    Map<String, String> expected = described(from, kept);
    assertSame(expected, described(extracted(disk), kept));
    open(
        disk,
        (volume, root) -> {
          Node sub = root.child("SUB directory").orElseThrow();
          assertEquals(0755, sub.attributes().permissions());
          assertTrue(root.child("GRÖSSE ÄÖÜ").isEmpty());
          assertTrue(root.child("GRößE ÄÖÜ").isPresent(), "ß has no other case");
        });
  }

  @Test
  void whatWasNeverWrittenOfAnExfatFileIsZeros() throws IOException {
    Path disk = disk(16);
    byte[] garbage = new byte[16 << 20];
    Arrays.fill(garbage, (byte) 0xA5);
    Files.write(disk, garbage);
    run("mkfs.exfat", "-c", "4K", disk);
    byte[] written = Arrays.copyOf(GuestTree.large(), 5000);
    try (ExfatWriter writer = new ExfatWriter(disk)) {
      writer.addWithRoom(tree.resolve("large"), written, 50_000);
    }
    run("fsck.exfat", "-n", disk);
    open(
        disk,
        (volume, root) -> {
          Node room = root.child("room").orElseThrow();
          assertEquals("-r--r--r--", room.attributes().modeText());
          byte[] found = room.content().read(0, 50_000).array();
          assertArrayEquals(Arrays.copyOf(written, 50_000), found);
        });
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "-O extra_attr,inode_checksum,inode_crtime,lost_found,sb_checksum",
        "-i",
      })
  void f2fs(String options) throws IOException {
    Path disk = disk(128); // with holes sload.f2fs wants that much
    runWith("mkfs.f2fs", "-q -f -l label " + options, disk);
    run("sload.f2fs", "-P", "-f", tree, disk);
    Set<String> kept = without("links"); // two names become two files
    Map<String, String> expected = described(tree, kept);
    expected.computeIfPresent("odd/private", (name, text) -> text.replace(":3000000 ", ":50880 "));
    assertSame(expected, described(untarred(tar(disk)), kept)); // groups have 16 bits to sload.f2fs
    Set<String> ours = without("special", "owner", "links");
    assertSame(described(tree, ours), described(extracted(disk), ours));
  }

  /** A new one has its root in the table of nodes and in the journal: here, in that alone. */
  @Test
  void nodesThatOnlyTheJournalOfF2fsKnows() throws IOException {
    Path disk = disk(64);
    runWith("mkfs.f2fs", "-q -f -O extra_attr,lost_found", disk);
    byte[] all = Files.readAllBytes(disk);
    ByteBuffer bytes = ByteBuffer.wrap(all).order(ByteOrder.LITTLE_ENDIAN);
    int root = bytes.getInt(1024 + 96);
    int entry = bytes.getInt(1024 + 84) * 4096 + root * 9;
    assertEquals(root, bytes.getInt(entry + 1));
    Arrays.fill(all, entry, entry + 9, (byte) 0);
    Files.write(disk, all);
    open(disk, (volume, node) -> assertEquals(Set.of("lost+found"), node.names()));
  }

  @Test
  void labelsOfF2fs() throws IOException {
    Path disk = disk(128);
    Path contexts =
        Files.writeString(directory.resolve("contexts"), "/.*  u:object_r:some_file:s0\n");
    runWith("mkfs.f2fs", "-q -f", disk);
    run("sload.f2fs", "-f", tree, "-s", contexts, "-t", "/", disk);
    open(
        disk,
        (volume, root) -> {
          Map<String, byte[]> found = root.child("large").orElseThrow().extendedAttributes();
          assertEquals(Set.of("security.selinux"), found.keySet());
          String label = new String(found.get("security.selinux"), StandardCharsets.US_ASCII);
          assertEquals("u:object_r:some_file:s0", label.replace("\0", ""));
        });
  }

  /** Only a kernel makes such files here: their inodes are marked by hand. */
  @Test
  void compressedAndEncryptedFilesOfF2fsAreNamed() throws IOException {
    Path disk = disk(64);
    Path from = Files.createDirectory(directory.resolve("from"));
    Files.write(from.resolve("packed"), GuestTree.large());
    Files.createDirectory(from.resolve("secret"));
    Files.writeString(from.resolve("plain"), "plain");
    runWith("mkfs.f2fs", "-q -f -O extra_attr,compression,encrypt", disk);
    run("sload.f2fs", "-f", from, disk);
    byte[] all = Files.readAllBytes(disk);
    for (int at = 0; at < all.length; at += 4096) {
      String name = new String(all, at + 92, 6, StandardCharsets.US_ASCII);
      if (all[at + 88] == 6 && name.equals("packed")) {
        all[at + 80] |= 4;
        all[at + 392] = 1;
      } else if (all[at + 88] == 6 && name.equals("secret")) {
        all[at + 2] |= 4;
      }
    }
    Files.write(disk, all);
    open(
        disk,
        (volume, root) -> {
          assertEquals(5, root.child("plain").orElseThrow().content().size());
          Node packed = root.child("packed").orElseThrow();
          assertEquals(GuestTree.large().length, packed.attributes().size());
          IOException refused = assertThrows(IOException.class, packed::content);
          assertTrue(refused.getMessage().contains("compressed with lz4"), refused.getMessage());
          Node secret = root.child("secret").orElseThrow();
          refused = assertThrows(IOException.class, secret::names);
          assertTrue(refused.getMessage().contains("encrypted"), refused.getMessage());
        });
  }

  /** Names in Latin letters alone: others udfclient writes in a way of its own. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "-b 2048 -m hd -r 1.02",
        "-b 512 -m hd -r 2.01",
        "-b 4096 -m hd -r 2.01 --noefe --ad=long",
        "-b 2048 -m cdrw -r 2.01",
      })
  void udf(String options) throws IOException {
    Path disk = directory.resolve("disk");
    int block = Integer.parseInt(options.replaceAll("-b (\\d+) .*", "$1"));
    runWith(
        "mkudffs",
        "-l V --fullvsid=0123456789abcdefS --vid=V --fsid=F --new-file " + options,
        disk,
        (512 << 20) / block);
    Path from = Files.createDirectories(directory.resolve("from"));
    Files.createDirectories(from.resolve("a directory/deeper"));
    Files.write(from.resolve("a directory/A Large File.bin"), GuestTree.large());
    Files.writeString(from.resolve("a directory/deeper/small"), "small");
    Files.writeString(from.resolve("n".repeat(100)), "a long name");
    Files.createFile(from.resolve("empty"));
    StringBuilder commands = new StringBuilder("cd 0123456789abcdefS:V:V:F\n");
    for (String name : List.of("a directory", "n".repeat(100), "empty")) {
      commands.append("put \"").append(name).append("\"\n");
    }
    commands.append("sync\nquit\n");
    ExternalTool.named("udfclient")
        .runWithInput(
            from, commands.toString().getBytes(StandardCharsets.US_ASCII), "-b", block, "-W", disk)
        .mustExit(0);
    // The time of each is when it was put there.
    assertSame(described(from, Set.of()), described(extracted(disk), Set.of()));
  }
}
