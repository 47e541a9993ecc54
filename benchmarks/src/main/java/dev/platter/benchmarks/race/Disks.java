package dev.platter.benchmarks.race;

import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/**
 * Makes the disks that the race converts, once: raw ones from the files of the machine, all others
 * from those by qemu-img. Names, sizes and seeds are fixed, so the same machine makes the same
 * disks.
 */
final class Disks {
  private static final int MIB = 1 << 20;
  private static final int SECTOR = 512;
  private static final String UUID = "5b1d0f6e-8a3c-4d52-9e07-6f2c1a94b8d3";
  private static final String FIXED_TIME = "1700000000";

  private final Path data;
  private final Path qemuImg;
  private final PrintStream log;

  Disks(Path data, Path qemuImg, PrintStream log) {
    this.data = data;
    this.qemuImg = qemuImg;
    this.log = log;
  }

  /** The disk's file, made first where it is not there. */
  Path make(Disk disk) throws IOException {
    Path path = disk.in(data);
    if (Files.exists(path)) {
      return path;
    }
    log.println("making " + path.getFileName());
    Path half = path.resolveSibling(path.getFileName() + ".half");
    Files.deleteIfExists(half);
    if (disk.set().content() == DataSet.Content.TABLES) {
      MappedTables.write(half, disk.set().size());
    } else if (disk.kind() == ImageKind.RAW) {
      makeRaw(disk.set(), half);
    } else if (disk.set().content() == DataSet.Content.NOTHING) {
      Shell.need(
          qemuImg.toString(),
          "create",
          "-q",
          "-f",
          disk.kind().format(),
          half.toString(),
          Long.toString(disk.set().size()));
    } else {
      Path raw = make(new Disk(disk.set(), ImageKind.RAW));
      List<String> command = new ArrayList<>();
      command.addAll(List.of(qemuImg.toString(), "convert", "-W", "-m", "16", "-f", "raw"));
      command.addAll(List.of("-O", disk.kind().format()));
      command.addAll(disk.kind().options());
      command.addAll(disk.kind().secret());
      command.addAll(List.of(raw.toString(), half.toString()));
      Shell.need(command);
    }
    return Files.move(half, path, ATOMIC_MOVE);
  }

  private void makeRaw(DataSet set, Path path) throws IOException {
    try (FileChannel file = FileChannel.open(path, CREATE, WRITE)) {
      file.write(ByteBuffer.allocate(1), set.size() - 1);
    }
    switch (set.content()) {
      case NOTHING, TABLES -> {}
      case NOISE -> writeNoise(path, set.bytes());
      case FILES -> makeFileSystem(set, path);
      case COPIES -> {
        Path system = make(new Disk(DataSet.SYSTEM, ImageKind.RAW));
        long number = set.bytes() / DataSet.SYSTEM.bytes();
        for (long i = 0; i < number; i++) {
          Shell.need(
              "dd",
              "status=none",
              "bs=1M",
              "conv=sparse,notrunc",
              "oflag=seek_bytes",
              "if=" + system,
              "of=" + path,
              "seek=" + i * (set.size() / number));
        }
      }
    }
  }

  private static void writeNoise(Path path, long bytes) throws IOException {
    Random random = new Random(1);
    byte[] block = new byte[MIB];
    try (FileChannel file = FileChannel.open(path, WRITE)) {
      for (long at = 0; at < bytes; at += block.length) {
        random.nextBytes(block);
        file.write(ByteBuffer.wrap(block), at);
      }
    }
  }

  /** One partition from 1 MiB to the end. */
  private void makeFileSystem(DataSet set, Path path) throws IOException {
    Path mke2fs =
        Shell.find("mke2fs")
            .orElseThrow(() -> new IOException("mke2fs is needed (Debian's package e2fsprogs)"));
    Path tree = data.resolve(set.name() + ".tree");
    FileTree.delete(tree);
    Files.createDirectories(tree);
    try {
      log.println("  " + set.name() + ": " + FileTree.fill(tree, set.bytes()));
      String kibibytes = (set.size() - MIB) / 1024 + "k";
      Shell.need(
          "env",
          "E2FSPROGS_FAKE_TIME=" + FIXED_TIME,
          mke2fs.toString(),
          "-q",
          "-F",
          "-t",
          "ext4",
          "-b",
          "4096",
          "-U",
          UUID,
          "-E",
          "nodiscard,offset=" + MIB + ",hash_seed=" + UUID,
          "-d",
          tree.toString(),
          path.toString(),
          kibibytes);
    } finally {
      FileTree.delete(tree);
    }
    writePartitionTable(path, set.size());
  }

  /** The master boot record's table: one Linux partition. */
  private static void writePartitionTable(Path path, long size) throws IOException {
    ByteBuffer record = ByteBuffer.allocate(SECTOR).order(ByteOrder.LITTLE_ENDIAN);
    record.position(446);
    record.put((byte) 0x80).put(new byte[] {0x20, 0x21, 0}); // active; from 1 MiB
    record.put((byte) 0x83).put(new byte[] {(byte) 0xfe, (byte) 0xff, (byte) 0xff}); // Linux
    record.putInt(MIB / SECTOR);
    record.putInt((int) Math.min(0xffff_ffffL, (size - MIB) / SECTOR));
    record.put(510, (byte) 0x55).put(511, (byte) 0xaa);
    try (FileChannel file = FileChannel.open(path, WRITE)) {
      file.write(record.rewind(), 0);
    }
  }

  /**
   * Reads a disk's data into the page cache, and no holes.
   *
   * @return how much that is, bytes
   */
  static long warm(Path disk) throws IOException {
    Shell.need("cp", "--sparse=auto", disk.toString(), "/dev/null");
    long blocks = Long.parseLong(Shell.need("stat", "-c", "%b", disk.toString()).strip());
    return blocks * SECTOR;
  }

  /**
   * Takes the data's files, but for these disks, out of the page cache, to make room for a target.
   */
  void chillAllBut(List<Disk> disks) throws IOException {
    List<Path> kept = disks.stream().map(disk -> disk.in(data)).toList();
    try (Stream<Path> files = Files.list(data)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        if (!kept.contains(file)) {
          chill(file);
        }
      }
    }
  }

  /** Takes a disk out of the page cache. */
  static void chill(Path disk) throws IOException {
    Shell.need("sync", disk.toString());
    Shell.need("dd", "status=none", "if=" + disk, "iflag=nocache", "count=0");
  }
}
