package dev.platter.qed;

import dev.platter.image.CorruptImageException;
import dev.platter.image.Fault;
import dev.platter.image.ImageException;
import dev.platter.image.Limits;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * The header, checked: whatever it says may be used as it is.
 *
 * @param tableBytes the size of each table, bytes
 * @param headerBytes the size of the header's clusters, bytes
 * @param features those that must be understood
 * @param size of the guest disk, bytes
 * @param l1Offset where the L1 table begins; all of it lies within the file
 * @param backingFile the backing file's name; empty: there is none
 */
record QedHeader(
    int clusterSize,
    long tableBytes,
    long headerBytes,
    long features,
    long size,
    long l1Offset,
    String backingFile) {
  static final int LENGTH = 64;
  static final int MAGIC = 0x00444551;

  /** There is a backing file. */
  static final long BACKING_FILE = 1;

  /** It was not closed cleanly. */
  static final long NEED_CHECK = 2;

  /** The backing file is raw, whatever its content looks like. */
  static final long BACKING_RAW = 4;

  static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private static final int MIN_CLUSTER = 4 << 10;
  private static final int MAX_CLUSTER = 64 << 20;
  private static final int MAX_TABLE = 16;
  private static final int SECTOR = 512;
  private static final int MAX_NAME = 1023;

  static boolean isIn(MemorySegment head) {
    return head.byteSize() >= Integer.BYTES && head.get(INT, 0) == MAGIC;
  }

  static QedHeader read(Storage storage, Limits limits) throws IOException {
    MemorySegment bytes = MemorySegment.ofArray(new byte[LENGTH]);
    long count = storage.read(0, bytes);
    if (!isIn(bytes.asSlice(0, count)) || count < LENGTH) {
      throw corrupt(storage.name(), "Image not in QED format");
    }
    int clusterSize = bytes.get(INT, 4);
    if (!isPower(clusterSize) || clusterSize < MIN_CLUSTER || clusterSize > MAX_CLUSTER) {
      throw corrupt(
          storage.name(),
          "clusters of "
              + Integer.toUnsignedString(clusterSize)
              + " bytes, expected a power of two from 4096 to 67108864");
    }
    int table = bytes.get(INT, 8);
    if (!isPower(table) || table > MAX_TABLE) {
      throw corrupt(
          storage.name(),
          "tables of "
              + Integer.toUnsignedString(table)
              + " clusters, expected a power of two from 1 to 16");
    }
    long features = bytes.get(LONG, 16);
    long unknown = features & ~(BACKING_FILE | NEED_CHECK | BACKING_RAW);
    if (unknown != 0) {
      throw Fault.in(QedFormat.NAME, storage.name())
          .at(16)
          .unsupported("Unsupported QED features: " + Long.toHexString(unknown));
    }
    long headerBytes = (bytes.get(INT, 12) & 0xffff_ffffL) * clusterSize;
    QedHeader header =
        new QedHeader(
            clusterSize,
            (long) table * clusterSize,
            headerBytes,
            features,
            bytes.get(LONG, 48),
            bytes.get(LONG, 40),
            (features & BACKING_FILE) == 0 ? "" : backingFile(storage, bytes, headerBytes));
    header.check(storage, limits);
    return header;
  }

  private static boolean isPower(int number) {
    return number > 0 && Integer.bitCount(number) == 1;
  }

  private static String backingFile(Storage storage, MemorySegment bytes, long headerBytes)
      throws IOException {
    long offset = bytes.get(INT, 56) & 0xffff_ffffL;
    long length = bytes.get(INT, 60) & 0xffff_ffffL;
    if (length < 1
        || length > MAX_NAME
        || offset < LENGTH
        || offset + length > Math.min(headerBytes, storage.size())) {
      throw corrupt(
          storage.name(),
          "the backing file's name has "
              + length
              + " bytes at 0x"
              + Long.toHexString(offset)
              + ", expected 1 to "
              + MAX_NAME
              + " inside the header");
    }
    byte[] name = new byte[(int) length];
    storage.readFully(offset, MemorySegment.ofArray(name));
    return new String(name, StandardCharsets.UTF_8);
  }

  private void check(Storage storage, Limits limits) throws IOException {
    long fileSize = storage.size();
    if (headerBytes < clusterSize || headerBytes > fileSize) {
      throw corrupt(
          storage.name(),
          "the header has " + headerBytes + " bytes in a file of " + fileSize + " bytes");
    }
    if (size < 0 || size % SECTOR != 0 || size > limits.maxVirtualSize() || size > largest()) {
      throw corrupt(
          storage.name(),
          "the disk's size is impossible: " + Long.toUnsignedString(size) + " bytes");
    }
    if (!isPlaceOf(l1Offset, tableBytes, fileSize)) {
      throw corrupt(
          storage.name(),
          "the L1 table of "
              + tableBytes
              + " bytes at 0x"
              + Long.toHexString(l1Offset)
              + " is not behind the header, at a cluster, and inside the file of "
              + fileSize
              + " bytes");
    }
  }

  /** The size of the largest disk that the tables can describe, bytes. */
  private long largest() {
    long entries = tableEntries();
    boolean tooMany = Math.multiplyHigh(entries * entries, clusterSize) != 0;
    return tooMany || entries * entries * clusterSize < 0
        ? Long.MAX_VALUE
        : entries * entries * clusterSize;
  }

  /** Whether a cluster or table may lie there. */
  boolean isPlaceOf(long offset, long length, long fileSize) {
    return offset >= headerBytes && offset % clusterSize == 0 && offset <= fileSize - length;
  }

  /** The entries of each table. */
  long tableEntries() {
    return tableBytes / Long.BYTES;
  }

  long clusters() {
    return Math.ceilDiv(size, clusterSize);
  }

  boolean needsCheck() {
    return (features & NEED_CHECK) != 0;
  }

  boolean backingIsRaw() {
    return (features & BACKING_RAW) != 0;
  }

  static CorruptImageException corrupt(String storage, String what) {
    return Fault.in(QedFormat.NAME, storage).corrupt(ImageException.printable(what));
  }
}
