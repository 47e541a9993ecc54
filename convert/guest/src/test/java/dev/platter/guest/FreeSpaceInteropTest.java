package dev.platter.guest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.guest.copy.TarWriter;
import dev.platter.guest.free.FreeSpace;
import dev.platter.image.BlockMap;
import dev.platter.image.DiskImage;
import dev.platter.image.disk.GuestReader;
import dev.platter.image.spi.ImageFormats;
import dev.platter.image.spi.OpenRequest;
import dev.platter.storage.FileStorage;
import dev.platter.storage.Storage;
import dev.platter.testdata.ExternalTool;
import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Disks full of garbage on which file systems were made: what is called free loses it, all else is
 * as it was, and the file systems' own tools find nothing wrong.
 */
@Tag("interop")
class FreeSpaceInteropTest {
  private static final int MANY = 200;
  private static final byte GARBAGE = (byte) 0xA5;

  @TempDir static Path shared;
  private static Path tree;

  @TempDir Path directory;

  @BeforeAll
  static void makeTree() throws IOException {
    tree = Files.createDirectories(shared.resolve("tree"));
    Files.createDirectory(tree.resolve("many"));
    for (int i = 0; i < MANY; i++) {
      Files.writeString(tree.resolve("many/a-file-with-a-rather-long-name-" + i), "file " + i);
    }
    Files.write(tree.resolve("large"), GuestTree.large());
  }

  private static void run(String tool, Object... words) {
    ExternalTool.named(tool).run(words).mustExit(0);
  }

  private Path garbage(int mebibytes) throws IOException {
    byte[] piece = new byte[1 << 20];
    Arrays.fill(piece, GARBAGE);
    Path disk = directory.resolve("disk");
    try (OutputStream out = Files.newOutputStream(disk)) {
      for (int i = 0; i < mebibytes; i++) {
        out.write(piece);
      }
    }
    return disk;
  }

  private interface Use {
    void of(BlockMap map) throws IOException;
  }

  private static void open(Path disk, Use use) throws IOException {
    try (Storage storage = FileStorage.openForReading(disk);
        DiskImage image =
            ImageFormats.present().named("raw").orElseThrow().open(storage, OpenRequest.strict())) {
      use.of(image.map());
    }
  }

  /** The disk without what is free. */
  private Path sparsified(Path disk) throws IOException {
    Path target = directory.resolve("sparse");
    open(
        disk,
        map -> {
          FreeSpace free = FreeSpace.of(map, "disk");
          assertEquals(List.of(), free.kept());
          write(free.zeroed(map), target);
          assertEquals(files(map), files(free.zeroed(map)));
        });
    return target;
  }

  private static void write(BlockMap map, Path target) throws IOException {
    byte[] piece = new byte[1 << 20];
    try (GuestReader reader = new GuestReader();
        RandomAccessFile out = new RandomAccessFile(target.toFile(), "rw")) {
      out.setLength(map.size());
      for (long at = 0; at < map.size(); at += piece.length) {
        int count = (int) Math.min(piece.length, map.size() - at);
        reader.read(map, at, MemorySegment.ofArray(piece).asSlice(0, count));
        out.seek(at);
        out.write(piece, 0, count);
      }
    }
  }

  /** What all files of all file systems come to. */
  static String files(BlockMap map) throws IOException {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      try (GuestVolumes volumes = GuestVolumes.open(map, "disk");
          OutputStream out = new DigestOutputStream(OutputStream.nullOutputStream(), digest)) {
        for (Volume volume : volumes.volumes()) {
          if (volume.hasFiles()) {
            TarWriter tar = new TarWriter(out, () -> {});
            tar.add(
                volume.open().root(),
                "",
                volume.bytes().orElseThrow().budget(),
                (path, why) -> assertEquals("", path + ": " + why));
            tar.finish();
          }
        }
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /** How many bytes of blocks of 4 KiB hold nothing but garbage. */
  private static long garbageIn(Path disk) throws IOException {
    byte[] all = Files.readAllBytes(disk);
    byte[] block = new byte[4096];
    Arrays.fill(block, GARBAGE);
    long found = 0;
    for (int at = 0; at + 4096 <= all.length; at += 4096) {
      found += Arrays.equals(all, at, at + 4096, block, 0, 4096) ? 4096 : 0;
    }
    return found;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "-t ext2 -b 1024",
        "-t ext3 -b 4096",
        "-t ext4",
        "-t ext4 -b 1024 -O meta_bg,^resize_inode",
        "-t ext4 -b 1024 -g 1024 -O ^flex_bg",
        "-t ext4 -O ^metadata_csum,uninit_bg,^64bit",
        "-t ext4 -O metadata_csum_seed",
        "-t ext4 -b 1024 -O bigalloc -C 16384",
      })
  void ext(String options) throws IOException {
    Path disk = garbage(32);
    List<Object> words = new ArrayList<>(List.of("-q", "-F", "-E", "nodiscard,lazy_itable_init=0"));
    words.addAll(List.of(options.split(" ", -1)));
    words.addAll(List.of("-d", tree, disk));
    run("mke2fs", words.toArray());
    Path sparse = sparsified(disk);
    run("e2fsck", "-f", "-n", sparse);
    String head = ExternalTool.named("dumpe2fs").mustRun("-h", disk);
    long free = number(head, "Free blocks: +(\\d+)") * number(head, "Block size: +(\\d+)");
    open(
        disk,
        map -> {
          long found = FreeSpace.of(map, "disk").bytes();
          assertTrue(found <= free && found >= free - (free >> 6), found + " of " + free);
        });
    // Blocks that the tables of groups may grow into are in use, and never written.
    assertTrue(garbageIn(sparse) < 3 << 20, garbageIn(sparse) + " bytes are left");
    Path dumped = Files.createDirectory(directory.resolve("dumped"));
    run("debugfs", "-R", "rdump / " + dumped, sparse);
    assertEquals(-1, Files.mismatch(tree.resolve("large"), dumped.resolve("large")));
  }

  private static long number(String text, String pattern) {
    Matcher matcher = Pattern.compile(pattern).matcher(text);
    assertTrue(matcher.find(), text);
    return Long.parseLong(matcher.group(1));
  }

  @ParameterizedTest
  @ValueSource(strings = {"-m crc=0", "-m crc=1 -b size=1024"})
  void xfs(String options) throws IOException {
    Path disk = garbage(320);
    Path prototype = Files.writeString(directory.resolve("proto"), GuestTree.prototype(tree));
    List<Object> words = new ArrayList<>(List.of("-q", "-f", "-K"));
    words.addAll(List.of(options.split(" ", -1)));
    words.addAll(List.of("-p", prototype, disk));
    run("mkfs.xfs", words.toArray());
    Path sparse = sparsified(disk);
    run("xfs_repair", "-n", sparse);
    assertTrue(garbageIn(sparse) < 1 << 20, garbageIn(sparse) + " bytes are left");
  }

  @ParameterizedTest
  @ValueSource(strings = {"-m single", "-m dup -n 4096"})
  void btrfs(String options) throws IOException {
    Path disk = garbage(160);
    List<Object> words = new ArrayList<>(List.of("-q", "-K", "--rootdir", tree));
    words.addAll(List.of(options.split(" ", -1)));
    words.add(disk);
    run("mkfs.btrfs", words.toArray());
    Path sparse = sparsified(disk);
    run("btrfs", "check", "--check-data-csum", sparse);
    assertTrue(garbageIn(sparse) < 2 << 20, garbageIn(sparse) + " bytes are left");
  }

  @ParameterizedTest
  @ValueSource(strings = {"-F 12", "-F 16", "-F 32 -s 1"})
  void fat(String options) throws IOException {
    Path disk = garbage(options.endsWith("12") ? 6 : 64);
    List<Object> words = new ArrayList<>(List.of(options.split(" ", -1)));
    words.add(disk);
    run("mkfs.vfat", words.toArray());
    run("mcopy", "-i", disk, tree.resolve("large"), "::large");
    run("mcopy", "-i", disk, tree.resolve("large"), "::gone");
    run("mcopy", "-i", disk, tree.resolve("large"), "::more");
    run("mdel", "-i", disk, "::gone");
    Path sparse = sparsified(disk);
    run("fsck.fat", "-n", sparse);
    assertTrue(garbageIn(sparse) < 1 << 16, garbageIn(sparse) + " bytes are left");
    run("mcopy", "-i", sparse, "::more", directory.resolve("more"));
    assertEquals(-1, Files.mismatch(tree.resolve("large"), directory.resolve("more")));
  }

  private Path exfat(String options) throws IOException {
    Path disk = garbage(24);
    List<Object> words = new ArrayList<>(List.of(options.split(" ", -1)));
    words.add(disk);
    run("mkfs.exfat", words.toArray());
    try (ExfatWriter writer = new ExfatWriter(disk)) {
      writer.addAll(tree);
    }
    run("fsck.exfat", "-n", disk);
    return disk;
  }

  @ParameterizedTest
  @ValueSource(strings = {"-c 512", "-c 4K", "-c 32K"})
  void exfatIsMadeSparse(String options) throws IOException {
    Path disk = exfat(options);
    Path sparse = sparsified(disk);
    run("fsck.exfat", "-n", sparse);
    // What lies in front of the table and between it and the clusters is none of these.
    assertTrue(garbageIn(sparse) < 3 << 20, garbageIn(sparse) + " bytes are left");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "106 2:it was not unmounted",
        "106 4:it has bad clusters",
        "200 77:the checksum of its boot sectors is wrong",
        "bitmap:clusters of a file are free",
        "set:the checksum of a directory entry is wrong",
        "type:an entry of type 0xc9",
      })
  void anExfatThatIsInUseOrContradictsItselfIsKept(String change) throws IOException {
    Path disk = exfat("-c 4K");
    byte[] all = Files.readAllBytes(disk);
    ByteBuffer boot = ByteBuffer.wrap(all).order(ByteOrder.LITTLE_ENDIAN);
    int heap = boot.getInt(88) << 9;
    int root = heap + (boot.getInt(96) - 2 << 12);
    int entry = root;
    while ((all[entry] & 0xFF) != 0x85) {
      entry += 32;
    }
    String[] parts = change.split(":", -1);
    switch (parts[0]) {
      case "bitmap" -> {
        int bitmap = root;
        while ((all[bitmap] & 0xFF) != 0x81) {
          bitmap += 32;
        }
        int cluster = boot.getInt(entry + 52) - 2;
        all[heap + (boot.getInt(bitmap + 20) - 2 << 12) + cluster / 8] &=
            (byte) ~(1 << cluster % 8);
      }
      case "set" -> all[entry + 8]++;
      case "type" -> all[entry] = (byte) 0xC9;
      default -> {
        String[] numbers = parts[0].split(" ", -1);
        all[Integer.parseInt(numbers[0])] = (byte) Integer.parseInt(numbers[1]);
      }
    }
    Files.write(disk, all);
    assertKept(disk, parts[1]);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "-c 512 -s 512", "-c 65536"})
  void ntfs(String options) throws IOException {
    Path disk = garbage(32);
    List<Object> words = new ArrayList<>(List.of("-q", "-Q", "-F"));
    words.addAll(List.of(options.split(" ", -1)));
    words.remove("");
    words.add(disk);
    run("mkntfs", words.toArray());
    run("ntfscp", "-f", "-q", disk, tree.resolve("large"), "/large.bin");
    Path sparse = sparsified(disk);
    run("ntfsfix", "-n", sparse);
    assertTrue(garbageIn(sparse) < 1 << 18, garbageIn(sparse) + " bytes are left");
    Path read = directory.resolve("read");
    Files.write(
        read, ExternalTool.named("ntfscat").run(sparse, "/large.bin").mustExit(0).stdoutBytes());
    assertEquals(-1, Files.mismatch(tree.resolve("large"), read));
  }

  @Test
  void swapIsFree() throws IOException {
    Path disk = garbage(4);
    run("mkswap", "-q", "-L", "label", disk);
    Path sparse = sparsified(disk);
    assertTrue(garbageIn(sparse) <= 1 << 16);
    assertEquals(
        ExternalTool.named("blkid").mustRun("-p", disk).replace("/disk", ""),
        ExternalTool.named("blkid").mustRun("-p", sparse).replace("/sparse", ""));
  }

  @ParameterizedTest
  @ValueSource(strings = {"dos", "gpt"})
  void whatLiesBetweenPartitionsIsFreeButForTheEnds(String kind) throws IOException {
    Path disk = garbage(32);
    String script = "label: " + kind + "\nstart=4096, size=8192\nstart=16384, size=8192\n";
    ExternalTool.named("sfdisk")
        .runWithInput(
            directory, script.getBytes(StandardCharsets.US_ASCII), "-q", "--wipe=never", disk)
        .mustExit(0);
    open(
        disk,
        map -> {
          FreeSpace free = FreeSpace.of(map, "disk");
          assertEquals(
              List.of("partition 1", "partition 2"),
              free.kept().stream().map(FreeSpace.Kept::place).toList());
          Path target = directory.resolve("sparse");
          write(free.zeroed(map), target);
          byte[] before = Files.readAllBytes(disk);
          byte[] after = Files.readAllBytes(target);
          // From the end of each partition to the next, and to the last MiB.
          assertGone(before, after, (4096 + 8192) * 512, 16384 * 512);
          assertGone(before, after, (16384 + 8192) * 512, 31 << 20);
          assertTrue(Arrays.equals(before, after), "all else is as it was");
        });
    run("sfdisk", "-V", directory.resolve("sparse"));
  }

  private static void assertGone(byte[] before, byte[] after, int from, int to) {
    assertTrue(Arrays.equals(new byte[to - from], 0, to - from, after, from, to));
    System.arraycopy(before, from, after, from, to - from);
  }

  private void assertKept(Path disk, String why) throws IOException {
    open(
        disk,
        map -> {
          FreeSpace free = FreeSpace.of(map, "disk");
          assertEquals(1, free.kept().size(), why);
          assertTrue(free.kept().getFirst().why().contains(why), free.kept().toString());
          assertEquals(0, free.bytes());
        });
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "feature needs_recovery:journal waits",
        "set_super_value state 0:not unmounted",
        "set_super_value state 3:not unmounted",
        "set_super_value last_orphan 12:removed wait",
        "set_super_value free_blocks_count 7:free blocks are told",
        "set_block_group 0 free_blocks_count 7:checksum of the descriptor",
        "set_block_group 0 checksum 1:checksum of the descriptor",
        "freeb 20 1:free blocks are told",
      })
  void anExtThatIsInUseOrContradictsItselfIsKept(String change) throws IOException {
    Path disk = garbage(8);
    run("mke2fs", "-q", "-F", "-t", "ext4", "-b", "1024", "-O", "^metadata_csum,uninit_bg", disk);
    String[] parts = change.split(":", -1);
    run("debugfs", "-w", "-R", parts[0], disk);
    assertKept(disk, parts[1]);
  }

  @Test
  void aMapWithAWrongChecksumIsKept() throws IOException {
    Path disk = garbage(8);
    run("mke2fs", "-q", "-F", "-t", "ext4", "-b", "1024", disk);
    String group = ExternalTool.named("dumpe2fs").mustRun(disk);
    long map = number(group, "Block bitmap at (\\d+)");
    try (RandomAccessFile file = new RandomAccessFile(disk.toFile(), "rw")) {
      file.seek(map * 1024 + 500);
      int two = file.read();
      file.seek(map * 1024 + 500);
      file.write(two ^ 0x3); // as many as before, were one free and one not
    }
    assertKept(disk, "group 0");
  }

  @Test
  void dirtyFatAndNtfsAreKept() throws IOException {
    Path disk = garbage(64);
    run("mkfs.vfat", "-F", "32", "-s", "1", disk);
    try (RandomAccessFile file = new RandomAccessFile(disk.toFile(), "rw")) {
      file.seek(32 * 512 + 7);
      file.write(0x07); // the bit of a volume that was unmounted, in one copy
    }
    assertKept(disk, "it was not unmounted");
    run("mkfs.vfat", "-F", "16", disk);
    try (RandomAccessFile file = new RandomAccessFile(disk.toFile(), "rw")) {
      file.seek(0x25);
      file.write(1);
    }
    assertKept(disk, "it was not unmounted");
    run("mkntfs", "-q", "-Q", "-F", disk);
    run("ntfsfix", disk);
    assertKept(disk, "not unmounted");
  }

  @Test
  void anNtfsThatCallsClustersOfAFileFreeIsKept() throws IOException {
    Path disk = garbage(32);
    run("mkntfs", "-q", "-Q", "-F", disk);
    run("ntfscp", "-f", "-q", disk, tree.resolve("large"), "/large");
    byte[] map = ExternalTool.named("ntfscat").run(disk, "$Bitmap").mustExit(0).stdoutBytes();
    byte[] all = Files.readAllBytes(disk);
    int at = 0;
    while (!Arrays.equals(all, at, at + map.length, map, 0, map.length)) {
      at += 512;
    }
    String told = ExternalTool.named("ntfsinfo").mustRun("-F", "/large", "-v", disk);
    int cluster = Integer.parseInt(first(told, "0x0\\t+0x([0-9a-f]+)\\t"), 16);
    int place = at + (cluster + 100) / 8;
    assertEquals((byte) 0xFF, all[place]);
    all[place] = (byte) 0xFE;
    Files.write(disk, all);
    assertKept(disk, "clusters of a file are free");
  }

  private static String first(String text, String pattern) {
    Matcher matcher = Pattern.compile(pattern).matcher(text);
    assertTrue(matcher.find(), text);
    return matcher.group(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "agf 1:write -d freeblks 5:free blocks are told of group 1",
        "sb 0:write -d fdblocks 5:5 free blocks are told",
        "agf 1:write -d length 5:no header of group 1",
        "agf 1:write -d bnolevel 2:a block of level 0, expected 1",
      })
  void anXfsThatContradictsItselfIsKept(String change) throws IOException {
    Path disk = directory.resolve("disk");
    try (RandomAccessFile file = new RandomAccessFile(disk.toFile(), "rw")) {
      file.setLength(320 << 20);
    }
    run("mkfs.xfs", "-q", disk);
    String[] parts = change.split(":", -1);
    run("xfs_db", "-x", "-c", parts[0], "-c", parts[1], disk);
    assertKept(disk, parts[2]);
  }

  @Test
  void anXfsWhoseLogWaitsIsKept() throws IOException {
    Path disk = directory.resolve("disk");
    try (RandomAccessFile file = new RandomAccessFile(disk.toFile(), "rw")) {
      file.setLength(320 << 20);
      run("mkfs.xfs", "-q", disk);
      String start =
          ExternalTool.named("xfs_db").mustRun("-r", "-c", "sb 0", "-c", "p logstart", disk);
      String sector =
          ExternalTool.named("xfs_db")
              .mustRun(
                  "-r", "-c", "convert fsblock " + start.replaceAll("\\D", "") + " daddr", disk);
      file.seek(Long.parseLong(first(sector, "\\((\\d+)\\)")) * 512 + 512 + 9);
      file.write(0); // no unmount any more
    }
    assertKept(disk, "log waits");
  }

  @Test
  void aFileSystemOverWhichAnotherLiesIsKept() throws IOException {
    Path disk = garbage(32);
    run("mke2fs", "-q", "-F", "-t", "ext4", disk);
    try (RandomAccessFile file = new RandomAccessFile(disk.toFile(), "rw")) {
      file.seek((1 << 16) + 64);
      file.writeBytes("_BHRfS_M");
    }
    assertKept(disk, "signs of");
  }
}
