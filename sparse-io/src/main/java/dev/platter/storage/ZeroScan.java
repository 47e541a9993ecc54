package dev.platter.storage;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Finds zeros in memory, near the speed of memory.
 *
 * <p>Works on off-heap and heap segments of any length and alignment, from any thread that may read
 * the segment. A segment that maps a file must not be given: should the file shrink, the vectorised
 * comparison would end the process.
 */
public final class ZeroScan {
  /** The head that is compared with real zeros; a multiple of every vector's length. */
  private static final int HEAD = 64;

  private static final int SKIPPED_UNITS = 16;
  private static final ValueLayout.OfLong FIRST_BYTES = ValueLayout.JAVA_LONG_UNALIGNED;

  private static final MemorySegment ZEROS = MemorySegment.ofArray(new byte[HEAD]).asReadOnly();

  private ZeroScan() {}

  /** Whether all bytes are zero; an empty segment is. */
  public static boolean isZero(MemorySegment segment) {
    return zeroPrefix(segment) == segment.byteSize();
  }

  /** The number of zero bytes before the first other byte. */
  public static long zeroPrefix(MemorySegment segment) {
    return firstOther(segment, 0, segment.byteSize());
  }

  /**
   * The length in bytes of the leading run of units that are all zero: a multiple of {@code unit},
   * or the whole segment. The segment is cut into units from its beginning; the last one may be
   * shorter.
   */
  public static long zeroRun(MemorySegment segment, int unit) {
    long prefix = zeroPrefix(segment);
    return prefix == segment.byteSize() ? prefix : prefix - prefix % unit;
  }

  /**
   * The length in bytes of the leading run of units that each hold a byte other than zero: a
   * multiple of {@code unit}, or the whole segment. The segment is cut into units as in {@link
   * #zeroRun}.
   */
  public static long dataRun(MemorySegment segment, int unit) {
    long size = segment.byteSize();
    long at = 0;
    while (at < size) {
      if (unit >= Long.BYTES) {
        at = skipData(segment, at, unit);
      }
      long end = Math.min(size, at + unit);
      if (firstOther(segment, at, end) == end) {
        return at;
      }
      at = end;
    }
    return size;
  }

  /**
   * Skips units whose first eight bytes tell that they hold data, as most do: a few at a time, so
   * that this method is called often enough to be compiled early in the life of a short process.
   */
  private static long skipData(MemorySegment segment, long start, int unit) {
    long last = Math.min(segment.byteSize() - unit, start + (long) SKIPPED_UNITS * unit);
    long at = start;
    while (at <= last && segment.get(FIRST_BYTES, at) != 0) {
      at += unit;
    }
    return at;
  }

  /**
   * The position of the first byte other than zero, {@code end} without one. Only the head is
   * compared with zeros. When that is zero, the rest is compared with itself, shifted by the head:
   * it is equal exactly as far as it is zero. So memory is read once, and by {@code mismatch},
   * which is as fast before the JIT's second compiler has seen it.
   */
  private static long firstOther(MemorySegment segment, long start, long end) {
    long head = Math.min(HEAD, end - start);
    long at = MemorySegment.mismatch(segment, start, start + head, ZEROS, 0, head);
    if (at >= 0) {
      return start + at;
    }
    if (head == end - start) {
      return end;
    }
    at = MemorySegment.mismatch(segment, start, end - head, segment, start + head, end);
    return at < 0 ? end : start + head + at;
  }
}
