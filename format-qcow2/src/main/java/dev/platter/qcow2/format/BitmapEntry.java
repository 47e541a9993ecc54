package dev.platter.qcow2.format;

import dev.platter.image.CorruptImageException;
import dev.platter.storage.FileNames;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * One entry of the bitmap directory ("Bitmap directory").
 *
 * @param tableSize entries of the bitmap's table, unsigned
 * @param storedLength bytes of the entry in the file, padding included
 */
public record BitmapEntry(
    long tableOffset,
    int tableSize,
    int flags,
    int type,
    int granularityBits,
    int extraDataSize,
    String name,
    long storedLength) {

  /** Bytes before extra data and name. */
  public static final int FIXED_LENGTH = 24;

  /** Where in an entry its flags stand. */
  public static final int FLAGS_OFFSET = 12;

  public static final int FLAG_IN_USE = 1;
  public static final int FLAG_AUTO = 1 << 1;
  public static final int FLAG_EXTRA_DATA_COMPATIBLE = 1 << 2;
  static final int FLAGS_KNOWN = 7;

  /** The only type there is. */
  public static final int TYPE_DIRTY_TRACKING = 1;

  public static final int MIN_GRANULARITY_BITS = 9;
  public static final int MAX_GRANULARITY_BITS = 31;
  public static final int MAX_NAME = 1023;

  /** The most entries a bitmap's table may have, as in QEMU. */
  static final int MAX_TABLE_SIZE = 0x8000000;

  /** The bytes that the whole entry takes, padding included. */
  static long storedLength(MemorySegment fixed) {
    long length =
        FIXED_LENGTH
            + Integer.toUnsignedLong(fixed.get(Qcow2Header.INT, 20))
            + Short.toUnsignedInt(fixed.get(Qcow2Header.SHORT, 18));
    return (length + 7) & -8L;
  }

  /** Whether it is in step with the disk. */
  public boolean isConsistent() {
    return (flags & FLAG_IN_USE) == 0;
  }

  /** Whether it is to be told of all changes of the disk. */
  public boolean isEnabled() {
    return (flags & FLAG_AUTO) != 0;
  }

  /** Extra data that are not known may change what the bits mean, unless the entry says not. */
  public boolean isUnderstood() {
    return extraDataSize == 0 || (flags & FLAG_EXTRA_DATA_COMPATIBLE) != 0;
  }

  /** The bits that a disk of {@code size} bytes takes. */
  public long bitsFor(long size) {
    return (size >>> granularityBits) + ((size & (1L << granularityBits) - 1) == 0 ? 0 : 1);
  }

  /** The clusters that those bits take. */
  public long clustersFor(long size, Qcow2Header header) {
    return header.clustersFor(Math.ceilDiv(bitsFor(size), Byte.SIZE));
  }

  /**
   * Makes sure that the table is as long as the disk asks for.
   *
   * @return its entries
   */
  public long requireTableSize(ImageHead head) throws CorruptImageException {
    long expected = clustersFor(head.header().size(), head.header());
    long entries = Integer.toUnsignedLong(tableSize);
    if (entries != expected) {
      throw head.corrupt(
          "bitmap '"
              + name
              + "' has a table of "
              + entries
              + " entries, expected "
              + expected
              + " for the size of the disk");
    }
    return entries;
  }

  /** Stops where an entry of the table cannot be one. */
  public void requireTableEntry(ImageHead head, long index, long stored)
      throws CorruptImageException {
    long cluster = stored & Entries.OFFSET_MASK;
    if ((stored & Entries.BITMAP_TABLE_RESERVED_MASK) != 0
        || cluster != 0 && (stored & Entries.BITMAP_ALL_ONES) != 0
        || cluster % head.header().clusterSize() != 0) {
      throw head.corrupt(
          "bitmap '" + name + "': invalid table entry " + index + ": " + ImageHead.hex(stored));
    }
  }

  /** Takes an entry apart; all of it is in {@code entry}. */
  public static BitmapEntry parse(MemorySegment entry) {
    int nameSize = Short.toUnsignedInt(entry.get(Qcow2Header.SHORT, 18));
    int extra = entry.get(Qcow2Header.INT, 20);
    byte[] name =
        entry
            .asSlice(FIXED_LENGTH + Integer.toUnsignedLong(extra), nameSize)
            .toArray(ValueLayout.JAVA_BYTE);
    return new BitmapEntry(
        entry.get(Qcow2Header.LONG, 0),
        entry.get(Qcow2Header.INT, 8),
        entry.get(Qcow2Header.INT, FLAGS_OFFSET),
        Byte.toUnsignedInt(entry.get(ValueLayout.JAVA_BYTE, 16)),
        Byte.toUnsignedInt(entry.get(ValueLayout.JAVA_BYTE, 17)),
        extra,
        FileNames.text(name),
        storedLength(entry));
  }
}
