package dev.platter.dmg;

import java.lang.foreign.MemorySegment;

/**
 * What an image says some bytes come to: a kind, how many bits, and the bits in the first of the
 * 128 bytes that follow.
 *
 * @param kind 0: there is none
 * @param bits its length
 * @param value its first 32 bits
 */
record Checksum(int kind, int bits, int value) {
  private static final int CRC32 = 2;

  static Checksum at(MemorySegment bytes, long offset) {
    return new Checksum(
        bytes.get(Trailer.INT, offset),
        bytes.get(Trailer.INT, offset + 4),
        bytes.get(Trailer.INT, offset + 8));
  }

  boolean isNone() {
    return kind == 0;
  }

  /** Whether it is of the kind that all images in use have. */
  boolean isCrc32() {
    return kind == CRC32 && bits == 32;
  }
}
