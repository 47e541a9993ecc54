package dev.platter.codec.lzfse;

import java.io.IOException;

/** Bits that are taken from the end of some bytes to their beginning. */
final class BackwardBits {
  private final byte[] bytes;
  private final int start;
  private int at;
  private long bits;
  private int count;

  /**
   * @param free less than zero by as many bits as the last byte has free, which are zeros
   */
  BackwardBits(byte[] bytes, int start, int end, int free) throws IOException {
    this.bytes = bytes;
    this.start = start;
    this.at = end;
    if (free < 0) {
      if (take(-free) != 0) {
        throw new IOException("lzfse block: a part has bits behind its end");
      }
    }
  }

  /** The next bits as a number, at most 16. */
  int take(int length) throws IOException {
    while (count < length) {
      if (at == start) {
        throw new IOException("lzfse block: a part is too short");
      }
      bits = bits << Byte.SIZE | bytes[--at] & 0xff;
      count += Byte.SIZE;
    }
    count -= length;
    return (int) (bits >>> count & (1L << length) - 1);
  }
}
