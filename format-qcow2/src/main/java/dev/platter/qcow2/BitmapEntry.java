package dev.platter.qcow2;

import dev.platter.storage.FileNames;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * One entry of the bitmap directory ("Bitmap directory").
 *
 * @param tableSize entries of the bitmap's table, unsigned
 * @param storedLength bytes of the entry in the file, padding included
 */
record BitmapEntry(
    long tableOffset,
    int tableSize,
    int flags,
    int type,
    int granularityBits,
    int extraDataSize,
    String name,
    long storedLength) {

  /** Bytes before extra data and name. */
  static final int FIXED_LENGTH = 24;

  /** Where in an entry its flags stand. */
  static final int FLAGS_OFFSET = 12;

  static final int FLAG_IN_USE = 1;
  static final int FLAG_AUTO = 1 << 1;
  static final int FLAG_EXTRA_DATA_COMPATIBLE = 1 << 2;
  static final int FLAGS_KNOWN = 7;

  /** The only type there is. */
  static final int TYPE_DIRTY_TRACKING = 1;

  static final int MIN_GRANULARITY_BITS = 9;
  static final int MAX_GRANULARITY_BITS = 31;
  static final int MAX_NAME = 1023;

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

  /** Takes an entry apart; all of it is in {@code entry}. */
  static BitmapEntry parse(MemorySegment entry) {
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
