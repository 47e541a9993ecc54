package dev.platter.guest;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.platter.guest.files.GuestFiles;
import dev.platter.testdata.ExternalTool;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** File systems made by their own tools, with blkid as the second reader of their heads. */
@Tag("interop")
class FileSystemsInteropTest {
  private static final long MIB = 1 << 20;

  @TempDir static Path shared;
  private static Path tree;

  @TempDir Path directory;

  @BeforeAll
  static void makeTree() throws IOException {
    tree = GuestTree.make(shared.resolve("tree"));
  }

  private Path disk(long mebibytes) throws IOException {
    Path disk = directory.resolve("disk");
    try (RandomAccessFile file = new RandomAccessFile(disk.toFile(), "rw")) {
      file.setLength(mebibytes * MIB);
    }
    return disk;
  }

  private static void run(String tool, String options, Object... more) {
    List<Object> words = new ArrayList<>(List.of(options.split(" ", -1)));
    words.remove("");
    words.addAll(List.of(more));
    ExternalTool.named(tool).run(words.toArray()).mustExit(0);
  }

  /** What blkid says of a disk that holds one file system. */
  private static Map<String, String> blkid(Path disk) {
    Map<String, String> values = new HashMap<>();
    for (String line :
        ExternalTool.named("blkid").mustRun("-o", "export", "-p", disk).split("\n")) {
      String[] parts = line.split("=", 2);
      values.put(parts[0], parts[1].replace("\\ ", " "));
    }
    return values;
  }

  private static FileSystem assertAsBlkidSays(Path disk) throws IOException {
    FileSystem found = Disks.only(Disks.describePlain(disk));
    Map<String, String> told = blkid(disk);
    String type = told.get("TYPE");
    String kind =
        switch (type) {
          case "vfat" -> told.get("VERSION").toLowerCase(java.util.Locale.ROOT);
          case "crypto_LUKS" -> type + told.get("VERSION");
          default -> type;
        };
    assertEquals(kind, found.kind());
    assertEquals(told.getOrDefault("LABEL", ""), found.label());
    assertEquals(told.getOrDefault("UUID", ""), found.uuid());
    assertEquals(Optional.empty(), found.unreadable());
    return found;
  }

  /** Everything of {@link GuestTree} is read as it was put in. */
  private static void assertHoldsTree(Path disk) throws IOException {
    FileSystem found = assertAsBlkidSays(disk);
    assertEquals("disk", found.place());
    assertEquals(
        List.of(
            new OperatingSystem("linux", "test", "1.2", "Test \"Linux\" 1.2", "aarch64", "disk")),
        Disks.describe(disk).operatingSystems());
    Disks.open(
        disk,
        map -> {
          assertArrayEquals(GuestTree.large(), GuestFiles.read(map, 0, map.size(), "/large"));
          Set<String> names = GuestFiles.names(map, "/many");
          assertEquals(GuestTree.manyNames(), names);
          assertEquals(GuestTree.LONG_TARGET, GuestFiles.target(map, "/", "far"));
          return null;
        });
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "-t ext2 -b 1024",
        "-t ext3 -b 4096",
        "-t ext4",
        "-t ext4 -b 4096 -O ^64bit,^metadata_csum,^flex_bg",
        "-t ext4 -b 1024 -O meta_bg,^resize_inode",
        "-t ext4 -b 1024 -O bigalloc -C 16384",
        "-t ext4 -I 256 -O inline_data",
        "-t ext4 -b 1024 -O ^extents,^64bit,^dir_index -g 1024",
      })
  void ext(String options) throws IOException {
    Path disk = disk(24);
    run("mke2fs", "-q -F -L label " + options, "-d", tree, disk);
    assertHoldsTree(disk);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "-m crc=1",
        "-m crc=0 -n ftype=0",
        "-m crc=0 -b size=1024 -n size=4096",
        "-b size=1024",
        "-i nrext64=1 -n size=16384",
        "-i size=2048",
      })
  void xfs(String options) throws IOException {
    Path disk = disk(320);
    Path prototype = Files.writeString(directory.resolve("proto"), GuestTree.prototype(tree));
    run("mkfs.xfs", "-q -L label " + options, "-p", prototype, disk);
    assertHoldsTree(disk);
  }

  @ParameterizedTest
  @ValueSource(strings = {"-m single", "-m dup -n 4096", "--mixed"})
  void btrfs(String options) throws IOException {
    Path disk = disk(128);
    run("mkfs.btrfs", "-q -L label " + options, "--rootdir", tree, disk);
    assertHoldsTree(disk);
  }

  @ParameterizedTest
  @CsvSource({"4, -F 12", "32, -F 16", "64, -F 32 -s 1", "128, -F 16 -S 4096"})
  void fat(int size, String options) throws IOException {
    Path disk = disk(size);
    run("mkfs.vfat", "-n LABEL " + options, disk);
    Path large = Files.write(directory.resolve("A Large File.bin"), GuestTree.large());
    run("mmd", "", "-i", disk, "::EFI", "::EFI/Boot");
    run("mcopy", "", "-i", disk, large, "::EFI/Boot/BOOTAA64.EFI");
    run("mcopy", "", "-i", disk, large, "::EFI/A Large File.bin");
    assertEquals("fat" + options.substring(3, 5), assertAsBlkidSays(disk).kind());
    GuestDescription guest = Disks.describe(disk);
    assertEquals(Set.of(Firmware.UEFI), guest.firmware());
    assertEquals("aarch64", guest.architecture());
    Disks.open(
        disk,
        map -> {
          byte[] read = GuestFiles.read(map, 0, map.size(), "/efi/a large file.BIN");
          assertArrayEquals(GuestTree.large(), read);
          return null;
        });
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "-c 512 -s 512", "-c 65536"})
  void ntfs(String options) throws IOException {
    Path disk = disk(24);
    run("mkntfs", "-q -F -L label " + options, disk);
    Path large = Files.write(directory.resolve("large"), GuestTree.large());
    run("ntfscp", "-f -q", disk, large, "/large.bin");
    assertAsBlkidSays(disk);
    Disks.open(
        disk,
        map -> {
          byte[] read = GuestFiles.read(map, 0, map.size(), "/LARGE.BIN");
          assertArrayEquals(GuestTree.large(), read);
          return null;
        });
  }

  @ParameterizedTest
  @ValueSource(strings = {"-comp gzip", "-comp xz -b 4K", "-comp zstd -b 1M -no-fragments"})
  void squashfs(String options) throws IOException {
    Path disk = directory.resolve("disk");
    run("mksquashfs", tree + " " + disk + " -quiet -no-progress " + options);
    assertHoldsTree(disk);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "-zlz4hc -C16384 -Eztailpacking"})
  void erofs(String options) throws IOException {
    Path disk = directory.resolve("disk");
    run("mkfs.erofs", "--quiet -U00112233-4455-6677-8899-aabbccddeeff " + options, disk, tree);
    assertHoldsTree(disk);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "-O extra_attr,inode_crtime"})
  void f2fs(String options) throws IOException {
    Path disk = disk(256);
    run("mkfs.f2fs", "-q -f -l label " + options, disk);
    run("sload.f2fs", "-f", tree, disk);
    assertHoldsTree(disk);
  }

  @ParameterizedTest
  @CsvSource({"casper/filesystem.squashfs, -R", "LiveOS/squashfs.img, -udf", "none/other.img, -R"})
  void theSystemThatADiscStarts(String path, String options) throws IOException {
    Path root = Files.createDirectories(directory.resolve("disc").resolve(path).getParent());
    run(
        "mksquashfs",
        tree + " " + root.resolve(Path.of(path).getFileName()) + " -quiet -no-progress");
    Path disc = directory.resolve("disk");
    run("genisoimage", "-quiet -allow-lowercase -l " + options + " -o", disc, root.getParent());
    List<String> places =
        Disks.describe(disc).operatingSystems().stream()
            .map(system -> system.id() + " on " + system.place())
            .toList();
    assertEquals(path.startsWith("none") ? List.of() : List.of("test on disk /" + path), places);
  }

  @Test
  void headsOfOthers() throws IOException {
    run("mkswap", "-q -L label", disk(1));
    assertAsBlkidSays(directory.resolve("disk"));
    run("mkfs.exfat", "-L label", disk(8));
    assertAsBlkidSays(directory.resolve("disk"));
    run("mkfs.f2fs", "-q -f -l label", disk(64));
    assertAsBlkidSays(directory.resolve("disk"));
    Files.delete(directory.resolve("disk"));
    run("mkudffs", "-l label", disk(4));
    assertAsBlkidSays(directory.resolve("disk"));
    Files.delete(directory.resolve("disk"));
    run("mksquashfs", "", tree, directory.resolve("disk"), "-quiet", "-no-progress");
    assertAsBlkidSays(directory.resolve("disk"));
    Files.delete(directory.resolve("disk"));
    run("genisoimage", "-quiet -V LABEL -o", directory.resolve("disk"), tree.resolve("usr"));
    assertAsBlkidSays(directory.resolve("disk"));
    Files.delete(directory.resolve("disk"));
    run("mkfs.nilfs2", "-q -L label", disk(256));
    assertAsBlkidSays(directory.resolve("disk"));
    Files.delete(directory.resolve("disk"));
    for (String version : List.of("-1", "-2", "-3")) {
      run("mkfs.minix", version, disk(4));
      assertAsBlkidSays(directory.resolve("disk"));
    }
    Files.delete(directory.resolve("disk"));
    run("make-bcache", "-B", disk(8));
    assertAsBlkidSays(directory.resolve("disk"));
    Files.delete(directory.resolve("disk"));
    run("hformat", "-l label", disk(8));
    assertAsBlkidSays(directory.resolve("disk"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"luks1", "luks2 --label label"})
  void luks(String type) throws IOException {
    Path disk = disk(20);
    Path key = Files.writeString(directory.resolve("key"), "secret");
    String fast = "--pbkdf pbkdf2 --pbkdf-force-iterations 1000";
    run("cryptsetup", "luksFormat -q " + fast + " --type " + type, disk, key);
    assertAsBlkidSays(disk);
  }
}
