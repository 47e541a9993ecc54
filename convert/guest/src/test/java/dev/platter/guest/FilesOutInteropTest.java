package dev.platter.guest;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.guest.copy.FileWalk;
import dev.platter.guest.files.FileAttributes;
import dev.platter.guest.files.Node;
import dev.platter.testdata.ExternalTool;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Files come out of file systems as their own tools put them in: made files of the host, and by way
 * of a tar that GNU tar unpacks.
 */
@Tag("interop")
class FilesOutInteropTest extends FilesOut {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "-t ext2 -b 1024",
        "-t ext4",
        "-t ext4 -I 128 -O ^64bit",
        "-t ext4 -b 1024 -O ^extents,^64bit",
      })
  void ext(String options) throws IOException {
    Path disk = disk(24);
    List<Object> words = new ArrayList<>(List.of("-q", "-F"));
    words.addAll(List.of(options.split(" ", -1)));
    words.addAll(List.of("-d", tree, disk));
    run("mke2fs", words.toArray());
    Path tar = tar(disk);
    assertTrue(Files.size(tar) < 6 << 20, "holes stay holes: " + Files.size(tar));
    assertSame(described(tree, ALL), described(untarred(tar), ALL));
    Set<String> ours = without("special", "owner");
    assertSame(described(tree, ours), described(extracted(disk), ours));
  }

  @ParameterizedTest
  @ValueSource(strings = {"--nodesize=4096", "--nodesize=16384"})
  void btrfs(String options) throws IOException {
    Path disk = disk(128);
    run("mkfs.btrfs", "-q", options, "--rootdir", tree, disk);
    Set<String> kept = without("links"); // older tools make two files of two names
    assertSame(described(tree, kept), described(untarred(tar(disk)), kept));
    Set<String> ours = without("special", "owner", "links");
    assertSame(described(tree, ours), described(extracted(disk), ours));
  }

  @ParameterizedTest
  @ValueSource(strings = {"-m crc=1", "-m crc=0 -n ftype=0"})
  void xfs(String options) throws IOException {
    Path disk = disk(320);
    String prototype =
        GuestTree.prototype(tree)
            .replaceFirst(
                "\\$\n$",
                "disk b--660 6 1000 8 1\npipe p--600 0 0\nsecret -u-750 7 8 "
                    + tree.resolve("odd/private")
                    + "\n\\$\n");
    Path file = Files.writeString(directory.resolve("proto"), onlyAscii(prototype));
    List<Object> words = new ArrayList<>(List.of("-q"));
    words.addAll(List.of(options.split(" ", -1)));
    words.addAll(List.of("-p", file, disk));
    run("mkfs.xfs", words.toArray());
    Map<String, String> expected = described(tree, Set.of());
    expected.keySet().removeIf(name -> name.contains(" "));
    Map<String, String> found = described(untarred(tar(disk)), Set.of());
    for (String name : List.of("disk", "pipe", "secret")) {
      found.remove(name);
    }
    assertSame(expected, found);
    String listing = ExternalTool.named("tar").mustRun("-tvf", directory.resolve("out.tar"));
    assertTrue(listing.matches("(?s).*brw-rw---- 6/1000 +8,1 .* \\./disk\n.*"), listing);
    assertTrue(listing.matches("(?s).*prw------- 0/0 .* \\./pipe\n.*"), listing);
    assertTrue(listing.matches("(?s).*-rwsr-x--- 7/8 .* \\./secret\n.*"), listing);
  }

  /** A name with a space is none in a prototype. */
  private static String onlyAscii(String prototype) {
    return prototype.replaceAll("(?m)^größe .*\n", "");
  }

  @Test
  void extendedAttributesAndDevicesOfExt() throws IOException {
    Path disk = disk(8);
    run("mke2fs", "-q", "-F", "-t", "ext4", "-I", "256", disk);
    Path value = directory.resolve("value");
    Files.write(value, Arrays.copyOf(GuestTree.large(), 700));
    Path commands = directory.resolve("commands");
    Files.writeString(
        commands,
        """
        write %s file
        ea_set file user.short value
        ea_set -f %s file security.long
        mknod block b 259 300
        mknod tty c 4 64
        mknod fifo p
        """
            .formatted(value, value));
    run("debugfs", "-w", "-f", commands, disk);
    open(
        disk,
        (volume, root) -> {
          Map<String, byte[]> found = root.child("file").orElseThrow().extendedAttributes();
          assertEquals(Set.of("security.long", "user.short"), found.keySet());
          assertEquals("value", new String(found.get("user.short"), StandardCharsets.US_ASCII));
          assertArrayEquals(Files.readAllBytes(value), found.get("security.long"));
          FileAttributes block = root.child("block").orElseThrow().attributes();
          assertEquals(new FileAttributes.Device(259, 300), block.device().orElseThrow());
          FileAttributes tty = root.child("tty").orElseThrow().attributes();
          assertEquals(new FileAttributes.Device(4, 64), tty.device().orElseThrow());
          assertEquals('p', root.child("fifo").orElseThrow().attributes().letter());
        });
    String shown =
        ExternalTool.named("tar").mustRun("--xattrs", "--xattrs-include=*", "-tvvf", tar(disk));
    assertTrue(shown.contains("x: 5 user.short"), shown);
    assertTrue(shown.contains("x: 700 security.long"), shown);
  }

  @ParameterizedTest
  @ValueSource(strings = {"-m crc=1", "-m crc=0"})
  void extendedAttributesOfXfs(String options) throws IOException {
    Path disk = disk(320);
    List<Object> words = new ArrayList<>(List.of("-q"));
    words.addAll(List.of(options.split(" ", -1)));
    words.add(disk);
    run("mkfs.xfs", words.toArray());
    List<Object> commands = new ArrayList<>(List.of("-x", "-c", "sb 0", "-c", "addr rootino"));
    Map<String, Integer> lengths = new TreeMap<>(Map.of("user.a", 9, "user.b", 3000));
    for (int i = 0; i < 60; i++) {
      lengths.put("user.name" + i, 100 + i);
    }
    lengths.forEach((name, length) ->
        commands.addAll(
            List.of("-c", "attr_set -v " + length + " " + name.substring("user.".length()))));
    commands.addAll(List.of("-c", "attr_set -s -v 20 selinux", disk));
    lengths.put("security.selinux", 20);
    run("xfs_db", commands.toArray());
    open(
        disk,
        (volume, root) -> {
          Map<String, Integer> found = new TreeMap<>();
          root.extendedAttributes().forEach((name, value) -> found.put(name, value.length));
          assertEquals(lengths, found);
        });
  }

  @ParameterizedTest
  @ValueSource(strings = {"-F 12", "-F 16", "-F 32"})
  void fat(String options) throws IOException {
    Path disk = disk(options.endsWith("12") ? 8 : 64);
    List<Object> words = new ArrayList<>(List.of(options.split(" ", -1)));
    words.addAll(options.endsWith("32") ? List.of("-s", "1", disk) : List.of(disk));
    run("mkfs.vfat", words.toArray());
    Path from = Files.createDirectories(directory.resolve("from/Sub Directory/deeper"));
    Files.write(from.resolve("A Large File.bin"), GuestTree.large());
    Files.writeString(from.resolve("lower.txt"), "lower");
    Files.writeString(from.resolve("UPPER.TXT"), "upper");
    Files.createFile(from.resolve("empty"));
    run("mcopy", "-s", "-m", "-i", disk, from.getParent(), "::/");
    Path expected = directory.resolve("from");
    assertSame(described(expected, Set.of()), described(extracted(disk), Set.of()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "-C"})
  void ntfs(String options) throws IOException {
    Path disk = disk(32);
    List<Object> words = new ArrayList<>(List.of("-q", "-F"));
    words.addAll(options.isEmpty() ? List.of(disk) : List.of(options, disk));
    run("mkntfs", words.toArray());
    Path from = Files.createDirectory(directory.resolve("from"));
    byte[] repeating = new byte[400_000];
    for (int i = 0; i < repeating.length; i++) {
      repeating[i] = (byte) (i % 1000 < 900 ? i % 7 : i / 1000);
    }
    Files.write(from.resolve("large.bin"), GuestTree.large());
    Files.write(from.resolve("repeating"), repeating);
    Files.writeString(from.resolve("Short Name.txt"), "resident");
    for (Path file :
        List.of(Path.of("large.bin"), Path.of("repeating"), Path.of("Short Name.txt"))) {
      run("ntfscp", "-f", "-q", disk, from.resolve(file), "/" + file);
    }
    assertSame(described(from, Set.of()), described(extracted(disk), Set.of()));
    if (!options.isEmpty()) {
      String info = ExternalTool.named("ntfsinfo").mustRun("-F", "/repeating", "-v", disk);
      assertTrue(info.contains("COMPRESSED"), "compressed, or this shows nothing: " + info);
    }
  }

  /** What is new in such a directory is packed or encrypted; its list of names is not. */
  @ParameterizedTest
  @ValueSource(ints = {1, 0x4000, 0x4001})
  void directoriesOfNtfsThatPackOrEncryptWhatIsNew(int flags) throws IOException {
    Path disk = disk(16);
    run("mkntfs", "-q", "-F", "-C", disk);
    Path from = Files.createDirectory(directory.resolve("from"));
    for (int i = 0; i < 60; i++) { // more than fit into one block of the index
      String name = "a name of which there are many in this directory " + i;
      Files.writeString(from.resolve(name), (name + "\n").repeat(i % 8 == 0 ? 400 : 4));
      run("ntfscp", "-f", "-q", disk, from.resolve(name), "/" + name);
    }
    String info = ExternalTool.named("ntfsinfo").mustRun("-i", 5, "-v", disk);
    assertTrue(info.contains("COMPRESSED"), "compressed, or this shows nothing: " + info);
    ByteBuffer bytes = ntfs(disk);
    int changed = 0;
    for (int number = 5; number < 150; number++) { // those that go on with the root are behind
      int record = ntfsRecord(bytes, number);
      if (number != 5 && (bytes.getLong(record + 32) & 0xFFFF_FFFFL) != 5) {
        continue;
      }
      for (int at = record + bytes.getShort(record + 20); bytes.getInt(at) != -1; ) {
        if (bytes.getInt(at) == 0x90) { // the root of the index
          bytes.putShort(at + 12, (short) flags);
          changed++;
        }
        at += bytes.getInt(at + 4);
      }
    }
    assertEquals(1, changed);
    Files.write(disk, bytes.array());
    assertSame(described(from, Set.of()), described(extracted(disk), Set.of()));
  }

  private static ByteBuffer ntfs(Path disk) throws IOException {
    return ByteBuffer.wrap(Files.readAllBytes(disk)).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Where a record of the file table of a new volume begins. */
  private static int ntfsRecord(ByteBuffer volume, long number) {
    int cluster = volume.getShort(11) * volume.get(13);
    return (int) (volume.getLong(48) * cluster + number * 1024);
  }

  /** A small file whose content is made the point that Windows marks such files with. */
  @ParameterizedTest
  @CsvSource({"0x80000017, packed by Windows (WOF)", "0x80000013, deduplicated by Windows"})
  void filesThatWindowsKeepsOtherwiseAreNamed(String tag, String reason) throws IOException {
    Path disk = disk(8);
    run("mkntfs", "-q", "-F", disk);
    Path file = Files.writeString(directory.resolve("small"), "a few bytes that fit");
    run("ntfscp", "-f", "-q", disk, file, "/small");
    ByteBuffer bytes = ntfs(disk);
    open(
        disk,
        (volume, root) -> {
          int at = ntfsRecord(bytes, root.child("small").orElseThrow().attributes().inode());
          for (at += bytes.getShort(at + 20); bytes.getInt(at) != 0x80; ) {
            at += bytes.getInt(at + 4);
          }
          bytes.putInt(at, 0xC0).putInt(at + bytes.getShort(at + 20), Long.decode(tag).intValue());
        });
    Files.write(disk, bytes.array());
    open(
        disk,
        (volume, root) -> {
          Node small = root.child("small").orElseThrow();
          IOException refused = assertThrows(IOException.class, small::content);
          assertTrue(refused.getMessage().contains(reason), refused.getMessage());
        });
  }

  @ParameterizedTest
  @ValueSource(strings = {"-R", "-J", "-R -J -iso-level 3", "-R -no-pad"})
  void iso(String options) throws IOException {
    Path disc = directory.resolve("disk");
    List<Object> words = new ArrayList<>(List.of("-quiet", "-input-charset", "utf-8"));
    words.addAll(List.of(options.split(" ", -1)));
    words.addAll(List.of("-o", disc, tree.resolve("odd"), tree.resolve("etc")));
    run("genisoimage", words.toArray());
    Set<String> kept =
        options.contains("-R") ? Set.of("mode", "special", "owner", "time") : Set.of();
    Map<String, String> expected = described(tree.resolve("odd"), kept);
    expected.putAll(described(tree.resolve("etc"), kept));
    if (!options.contains("-R")) { // Joliet has no links, and names of 64 characters
      expected.remove("os-release");
      expected.keySet().removeIf(name -> name.startsWith("ddd"));
    }
    Map<String, String> found = described(untarred(tar(disc)), kept);
    if (!options.contains("-R")) {
      found.keySet().removeIf(name -> name.startsWith("ddd"));
    }
    assertSame(expected, found);
  }

  @Test
  void timesAreThoseOfTheFileSystem() throws IOException {
    Path disk = disk(8);
    run("mke2fs", "-q", "-F", "-t", "ext4", "-I", "256", disk);
    Path commands = directory.resolve("commands");
    Files.writeString(
        commands,
        """
        set_inode_field / mtime 20380119031407
        set_inode_field / mtime_extra 0x3B9AC9FC
        """);
    run("debugfs", "-w", "-f", commands, disk);
    open(
        disk,
        (volume, root) ->
            assertEquals(
                "2038-01-19T03:14:07.249999999Z", root.attributes().modified().toString()));
  }

  @Test
  void allIsFoundByAWalk() throws IOException {
    Path disk = disk(24);
    run("mke2fs", "-q", "-F", "-t", "ext4", "-d", tree, disk);
    Set<String> found = new HashSet<>();
    open(
        disk,
        (volume, root) ->
            FileWalk.walk(
                root,
                volume.bytes().orElseThrow().budget(),
                new FileWalk.Visitor() {
                  @Override
                  public void visit(String path, Node node, FileAttributes attributes) {
                    assertTrue(found.add(path), path);
                  }

                  @Override
                  public void skip(String path, IOException reason) throws IOException {
                    throw reason;
                  }
                }));
    found.remove("lost+found");
    assertEquals(HostTree.describe(tree, Set.of()).keySet(), found);
  }
}
