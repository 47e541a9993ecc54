package dev.platter.qcow2.format;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Refcounts of any width, 1 to 64 bits, as they stand in a refcount block. */
public final class RefcountWidth {
  private RefcountWidth() {}

  /**
   * A refcount; one of 64 bits that does not fit a long is the greatest long.
   *
   * @param order the width as a power of two
   */
  public static long get(MemorySegment block, long index, int order) {
    return switch (order) {
      case 3 -> Byte.toUnsignedLong(block.get(ValueLayout.JAVA_BYTE, index));
      case 4 -> Short.toUnsignedLong(block.get(Qcow2Header.SHORT, index * 2));
      case 5 -> Integer.toUnsignedLong(block.get(Qcow2Header.INT, index * 4));
      case 6 -> {
        long value = block.get(Qcow2Header.LONG, index * 8);
        yield value < 0 ? Long.MAX_VALUE : value;
      }
      default -> {
        int value = block.get(ValueLayout.JAVA_BYTE, byteOf(index, order));
        yield value >>> shiftOf(index, order) & (1 << (1 << order)) - 1;
      }
    };
  }

  public static void set(MemorySegment block, long index, int order, long count) {
    switch (order) {
      case 3 -> block.set(ValueLayout.JAVA_BYTE, index, (byte) count);
      case 4 -> block.set(Qcow2Header.SHORT, index * 2, (short) count);
      case 5 -> block.set(Qcow2Header.INT, index * 4, (int) count);
      case 6 -> block.set(Qcow2Header.LONG, index * 8, count);
      default -> {
        int shift = shiftOf(index, order);
        int mask = (1 << (1 << order)) - 1 << shift;
        int value = block.get(ValueLayout.JAVA_BYTE, byteOf(index, order));
        block.set(
            ValueLayout.JAVA_BYTE,
            byteOf(index, order),
            (byte) (value & ~mask | (int) count << shift));
      }
    }
  }

  private static long byteOf(long index, int order) {
    return index >>> 3 - order;
  }

  /** Less than a byte: the lowest bits come first. */
  private static int shiftOf(long index, int order) {
    return (int) (index & (1L << 3 - order) - 1) << order;
  }
}
