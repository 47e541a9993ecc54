package dev.platter.guest;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * Puts files into an exFAT volume that mkfs.exfat made, since no program does without mounting it.
 * What it writes {@code fsck.exfat} is asked about. Files get chains of clusters that do not follow
 * one another, or rows of clusters without a chain, by turns.
 */
final class ExfatWriter implements AutoCloseable {
  private static final int ENTRY = 32;
  private static final int BITMAP = 0x81;
  private static final long END = 0xFFFFFFFFL;

  private final RandomAccessFile disk;
  private final long sector;
  private final long fat;
  private final long heap;
  private final int clusterSize;
  private final long root;
  private final byte[] bitmap;
  private long bitmapAt;
  private int turn;

  ExfatWriter(Path path) throws IOException {
    disk = new RandomAccessFile(path.toFile(), "rw");
    ByteBuffer boot = read(0, 512);
    sector = 1L << boot.get(108);
    fat = boot.getInt(80) * sector;
    heap = boot.getInt(88) * sector;
    clusterSize = (int) (sector << boot.get(109));
    root = boot.getInt(96);
    bitmap = new byte[(boot.getInt(92) + 7) / 8];
    ByteBuffer entries = read(offset(root), clusterSize);
    for (int at = 0; at < clusterSize; at += ENTRY) {
      if ((entries.get(at) & 0xFF) == BITMAP) {
        bitmapAt = offset(entries.getInt(at + 20));
      }
    }
    disk.seek(bitmapAt);
    disk.readFully(bitmap);
  }

  private ByteBuffer read(long offset, int length) throws IOException {
    byte[] bytes = new byte[length];
    disk.seek(offset);
    disk.readFully(bytes);
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private long offset(long cluster) {
    return heap + (cluster - 2) * clusterSize;
  }

  /** Puts all that lies below a directory into the root directory. */
  void addAll(Path directory) throws IOException {
    ByteBuffer old = read(offset(root), clusterSize);
    int used = 0;
    while (old.get(used) != 0) {
      used += ENTRY;
    }
    ByteArrayOutputStream entries = new ByteArrayOutputStream();
    entries.write(old.array(), 0, used);
    entries.writeBytes(entriesOf(directory));
    byte[] all = entries.toByteArray();
    long previous = root;
    for (int at = 0; at < all.length; at += clusterSize) {
      long cluster = at == 0 ? root : allocate(1, 1)[0];
      write(cluster, Arrays.copyOfRange(all, at, at + clusterSize));
      if (at > 0) {
        link(previous, cluster);
        link(cluster, END);
        previous = cluster;
      }
    }
  }

  private byte[] entriesOf(Path directory) throws IOException {
    List<Path> children;
    try (Stream<Path> list = Files.list(directory)) {
      children = list.sorted().toList();
    }
    ByteArrayOutputStream entries = new ByteArrayOutputStream();
    for (Path child : children) {
      boolean isDirectory = Files.isDirectory(child);
      byte[] content = isDirectory ? entriesOf(child) : Files.readAllBytes(child);
      int length = content.length;
      if (isDirectory) {
        length = Math.max(length + clusterSize - 1, clusterSize) / clusterSize * clusterSize;
      }
      entries.writeBytes(
          set(child.getFileName().toString(), child, isDirectory ? 0x10 : 0x20, content, length));
    }
    return entries.toByteArray();
  }

  /** A file of which only the beginning was written. */
  void addWithRoom(Path like, byte[] written, int length) throws IOException {
    ByteBuffer old = read(offset(root), clusterSize);
    int used = 0;
    while (old.get(used) != 0) {
      used += ENTRY;
    }
    byte[] set = set("room", like, 0x21, written, length);
    System.arraycopy(set, 0, old.array(), used, set.length);
    write(root, old.array());
  }

  /** The entries of a file, for whose content there are clusters now. */
  private byte[] set(String name, Path like, int attributes, byte[] content, int length)
      throws IOException {
    int count = (length + clusterSize - 1) / clusterSize;
    boolean inOneRow = turn++ % 2 == 0 || count < 2;
    long[] clusters = allocate(count, inOneRow ? 1 : 2);
    for (int i = 0; i < count; i++) {
      int at = Math.min(i * clusterSize, content.length);
      write(clusters[i], Arrays.copyOfRange(content, at, at + clusterSize));
      if (!inOneRow) {
        link(clusters[i], i + 1 < count ? clusters[i + 1] : END);
      }
    }
    int names = (name.length() + 14) / 15;
    ByteBuffer set = ByteBuffer.allocate((2 + names) * ENTRY).order(ByteOrder.LITTLE_ENDIAN);
    long seconds = Files.getLastModifiedTime(like).toMillis() / 1000;
    LocalDateTime time = LocalDateTime.ofEpochSecond(seconds, 0, ZoneOffset.UTC);
    int stamp =
        time.getYear() - 1980 << 25
            | time.getMonthValue() << 21
            | time.getDayOfMonth() << 16
            | time.getHour() << 11
            | time.getMinute() << 5
            | time.getSecond() / 2;
    set.put(0, (byte) 0x85).put(1, (byte) (1 + names)).putShort(4, (short) attributes);
    set.putInt(8, stamp).putInt(12, stamp).putInt(16, stamp);
    set.put(21, (byte) (time.getSecond() % 2 * 100));
    set.put(22, (byte) 0x80).put(23, (byte) 0x80).put(24, (byte) 0x80);
    boolean isDirectory = (attributes & 0x10) != 0;
    set.put(32, (byte) 0xC0).put(33, (byte) (1 | (inOneRow ? 2 : 0)));
    set.put(35, (byte) name.length()).putShort(36, (short) hash(name));
    set.putLong(40, isDirectory ? length : content.length);
    set.putInt(52, count == 0 ? 0 : (int) clusters[0]).putLong(56, length);
    if (count == 0) {
      set.put(33, (byte) 1);
    }
    byte[] characters = name.getBytes(StandardCharsets.UTF_16LE);
    for (int i = 0; i < names; i++) {
      set.put(64 + i * ENTRY, (byte) 0xC1);
      set.put(66 + i * ENTRY, characters, i * 30, Math.min(30, characters.length - i * 30));
    }
    int sum = 0;
    for (int i = 0; i < set.capacity(); i++) {
      sum = i == 2 || i == 3 ? sum : (sum << 15 | sum >> 1 & 0x7FFF) + (set.get(i) & 0xFF) & 0xFFFF;
    }
    return set.putShort(2, (short) sum).array();
  }

  private static int hash(String name) {
    int hash = 0;
    for (char c : name.toCharArray()) {
      char upper = Character.toUpperCase(c);
      for (int b : new int[] {upper & 0xFF, upper >> 8}) {
        hash = (hash << 15 | hash >> 1 & 0x7FFF) + b & 0xFFFF;
      }
    }
    return hash;
  }

  /** Free clusters, with so much between them. */
  private long[] allocate(int count, int step) {
    long[] clusters = new long[count];
    int bit = 0;
    while (count > 0 && !isFree(bit, count * step)) {
      bit++;
    }
    for (int i = 0; i < count; i++) {
      clusters[i] = bit + 2L + (long) i * step;
      bitmap[(bit + i * step) / 8] |= (byte) (1 << (bit + i * step) % 8);
    }
    return clusters;
  }

  private boolean isFree(int from, int count) {
    for (int bit = from; bit < from + count; bit++) {
      if ((bitmap[bit / 8] >> bit % 8 & 1) != 0) {
        return false;
      }
    }
    return true;
  }

  private void write(long cluster, byte[] bytes) throws IOException {
    disk.seek(offset(cluster));
    disk.write(bytes);
  }

  private void link(long cluster, long next) throws IOException {
    disk.seek(fat + cluster * 4);
    disk.writeInt(Integer.reverseBytes((int) next));
  }

  @Override
  public void close() throws IOException {
    disk.seek(bitmapAt);
    disk.write(bitmap);
    disk.close();
  }
}
