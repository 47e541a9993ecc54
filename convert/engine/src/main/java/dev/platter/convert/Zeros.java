package dev.platter.convert;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Finds zeros in buffers. */
final class Zeros {
  /** The finest unit in which zeros are told from data, bytes. */
  static final int SECTOR = 512;

  private static final int ZEROS_BYTES = 64 << 10;
  private static final MemorySegment ZEROS = Arena.global().allocate(ZEROS_BYTES, 4096);

  private Zeros() {}

  /** Whether every byte is zero. */
  static boolean isZero(MemorySegment bytes) {
    long length = bytes.byteSize();
    for (long at = 0; at < length; at += ZEROS_BYTES) {
      long count = Math.min(ZEROS_BYTES, length - at);
      if (MemorySegment.mismatch(bytes, at, at + count, ZEROS, 0, count) >= 0) {
        return false;
      }
    }
    return true;
  }
}
