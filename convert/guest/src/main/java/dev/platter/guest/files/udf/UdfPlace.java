package dev.platter.guest.files.udf;

import dev.platter.guest.files.Bytes;
import dev.platter.image.CorruptImageException;

/**
 * A run of blocks (ECMA-167, 4/14.14): {@code long_ad}, or {@code short_ad}, whose partition is
 * that of what names it.
 *
 * @param length bytes
 * @param kind {@link #RECORDED} or another
 * @param partition which of the logical volume's
 */
record UdfPlace(long length, int kind, long block, int partition) {
  static final int LONG = 16;
  static final int SHORT = 8;

  static final int RECORDED = 0;

  /** More places lie there. */
  static final int CONTINUED = 3;

  private static final int LENGTH_BITS = 30;

  static UdfPlace ofLong(Bytes bytes, long at) throws CorruptImageException {
    return of(bytes.i32(at), bytes.u32(at + 4), bytes.u16(at + 8));
  }

  static UdfPlace ofShort(Bytes bytes, long at, int partition) throws CorruptImageException {
    return of(bytes.i32(at), bytes.u32(at + 4), partition);
  }

  private static UdfPlace of(int length, long block, int partition) {
    return new UdfPlace(length & (1 << LENGTH_BITS) - 1, length >>> LENGTH_BITS, block, partition);
  }

  /** What tells a file from all others, if its entry is here. */
  long number() {
    return (long) partition << 32 | block;
  }
}
