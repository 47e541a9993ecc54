package dev.platter.guest;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.guest.files.FileAttributes;
import dev.platter.guest.files.Node;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** File systems that are written once and as a whole: squashfs, EROFS, UDF of discs. */
@Tag("interop")
class ReadOnlyFilesOutInteropTest extends FilesOut {
  private void assertHoldsTree(Path disk, Set<String> kept) throws IOException {
    assertSame(described(tree, kept), described(untarred(tar(disk)), kept));
    Set<String> ours = new HashSet<>(kept);
    ours.removeAll(Set.of("special", "owner"));
    assertSame(described(tree, ours), described(extracted(disk), ours));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "-comp gzip",
        "-comp gzip -b 4096 -noI -noId",
        "-comp xz -b 1M -Xbcj x86,arm",
        "-comp xz -b 8192 -noF",
        "-comp lz4 -always-use-fragments",
        "-comp lz4 -Xhc -b 64K",
        "-comp lzo -b 32K",
        "-comp lzma",
        "-comp zstd -b 256K -no-fragments",
        "-comp zstd -b 16K -no-duplicates",
        "-noI -noD -noF -noX",
      })
  void squashfs(String options) throws IOException {
    Path disk = directory.resolve("disk");
    runWith("mksquashfs", tree + " " + disk + " -quiet -no-progress " + options);
    assertHoldsTree(disk, ALL);
    assertTrue(Files.size(directory.resolve("out.tar")) < 6 << 20, "holes stay holes");
  }

  @Test
  void devicesOfSquashfs() throws IOException {
    Path disk = directory.resolve("disk");
    Path pseudo =
        Files.writeString(
            directory.resolve("pseudo"),
            """
            block b 640 5 6 259 300
            tty c 4755 1 70000 4 64
            pipe i 600 0 0 f
            socket i 600 0 0 s
            """);
    runWith("mksquashfs", "", tree.resolve("etc"), disk, "-quiet", "-no-progress", "-pf", pseudo);
    assertDevices(disk);
  }

  private static void assertDevices(Path disk) throws IOException {
    open(
        disk,
        (volume, root) -> {
          FileAttributes block = root.child("block").orElseThrow().attributes();
          assertEquals(new FileAttributes.Device(259, 300), block.device().orElseThrow());
          assertEquals("brw-r----- 5 6", block.modeText() + " " + block.uid() + " " + block.gid());
          FileAttributes tty = root.child("tty").orElseThrow().attributes();
          assertEquals(new FileAttributes.Device(4, 64), tty.device().orElseThrow());
          assertEquals("crwsr-xr-x 1 70000", tty.modeText() + " " + tty.uid() + " " + tty.gid());
          assertEquals('p', root.child("pipe").orElseThrow().attributes().letter());
          assertEquals('s', root.child("socket").orElseThrow().attributes().letter());
        });
  }

  /** A file, a directory and many attributes, of which some values are the same. */
  private Map<String, Map<String, byte[]>> withAttributes(Path root) throws IOException {
    Map<String, Map<String, byte[]>> all = new TreeMap<>();
    for (String name : new String[] {"one", "two", "sub"}) {
      Path path = root.resolve(name);
      if (name.equals("sub")) {
        Files.createDirectories(path);
      } else {
        Files.createDirectories(root);
        Files.writeString(path, name);
      }
      UserDefinedFileAttributeView view =
          Files.getFileAttributeView(path, UserDefinedFileAttributeView.class);
      Map<String, byte[]> own = new TreeMap<>();
      own.put("user.long", GuestTree.LONG_TARGET.getBytes(StandardCharsets.US_ASCII));
      own.put("user.own", name.getBytes(StandardCharsets.US_ASCII));
      own.put("user.empty", new byte[0]);
      try {
        for (Map.Entry<String, byte[]> entry : own.entrySet()) {
          view.write(entry.getKey().substring(5), ByteBuffer.wrap(entry.getValue()));
        }
      } catch (IOException e) {
        Assumptions.abort("no extended attributes where tests run: " + e.getMessage());
      }
      all.put(name, own);
    }
    return all;
  }

  private static void assertAttributes(Path disk, Map<String, Map<String, byte[]>> expected)
      throws IOException {
    open(
        disk,
        (volume, root) -> {
          for (String name : expected.keySet()) {
            Node node = root.child(name).orElseThrow();
            Map<String, byte[]> found = node.extendedAttributes();
            assertEquals(expected.get(name).keySet(), found.keySet());
            for (Map.Entry<String, byte[]> entry : found.entrySet()) {
              assertArrayEquals(expected.get(name).get(entry.getKey()), entry.getValue());
            }
          }
        });
  }

  @ParameterizedTest
  @ValueSource(strings = {"-comp gzip", "-comp zstd -noX"})
  void extendedAttributesOfSquashfs(String options) throws IOException {
    Path from = directory.resolve("from");
    Map<String, Map<String, byte[]>> expected = withAttributes(from);
    Path disk = directory.resolve("disk");
    runWith("mksquashfs", from + " " + disk + " -quiet -no-progress -xattrs " + options);
    assertAttributes(disk, expected);
  }

  @ParameterizedTest
  @ValueSource(strings = {"-x0", "-x2", "-x2 -Eforce-inode-extended"})
  void extendedAttributesOfErofs(String options) throws IOException {
    Path from = directory.resolve("from");
    Map<String, Map<String, byte[]>> expected = withAttributes(from);
    Path disk = directory.resolve("disk");
    runWith("mkfs.erofs", "--quiet " + options, disk, from);
    assertAttributes(disk, expected);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "-Eforce-inode-compact --ignore-mtime -T1500000000 --all-root",
        "-Enoinline_data",
        "--chunksize=4096",
        "--chunksize=65536 -Eforce-chunk-indexes",
        "-zlz4",
        "-zlz4hc,9 -C65536",
        "-zlz4 -Elegacy-compress",
        "-zlz4hc -Eztailpacking",
        "-zlz4 -C32768 --max-extent-bytes=8192 -Eztailpacking",
      })
  void erofs(String options) throws IOException {
    Path disk = directory.resolve("disk");
    runWith("mkfs.erofs", "--quiet " + options, disk, tree);
    Set<String> kept = options.contains("--ignore-mtime") ? without("time", "owner") : ALL;
    assertHoldsTree(disk, kept);
    if (options.contains("--ignore-mtime")) {
      open(
          disk,
          (volume, root) ->
              assertEquals(
                  1_500_000_000L,
                  root.child("large").orElseThrow().attributes().modified().getEpochSecond()));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"-udf", "-udf -R -J"})
  void udfBesideIso(String options) throws IOException {
    Path disc = directory.resolve("disk");
    runWith(
        "genisoimage",
        "-quiet -input-charset utf-8 " + options + " -o",
        disc,
        tree.resolve("odd"),
        tree.resolve("many"));
    Set<String> kept = Set.of("time");
    Map<String, String> expected = described(tree.resolve("odd"), kept);
    expected.putAll(described(tree.resolve("many"), kept));
    Map<String, String> found = described(extracted(disc), kept);
    if (options.contains("-J")) { // for which long names are cut
      expected.keySet().removeIf(name -> name.startsWith("ddd"));
      found.keySet().removeIf(name -> name.startsWith("ddd"));
    }
    assertSame(expected, found);
  }
}
