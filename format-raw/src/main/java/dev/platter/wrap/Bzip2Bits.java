package dev.platter.wrap;

import java.io.IOException;

/** The bits of a bzip2 file, the highest of each byte first. */
final class Bzip2Bits {
  private final PackedInput input;
  private long bits;
  private int count;

  Bzip2Bits(PackedInput input) {
    this.input = input;
  }

  /** The next bits as a number, at most 32. */
  int take(int length) throws IOException {
    need(length);
    count -= length;
    return (int) (bits >>> count & (1L << length) - 1);
  }

  /** The next 48 bits, a block's magic number. */
  long takeMagic() throws IOException {
    return (long) take(24) << 24 | take(24);
  }

  /** The next bits, which stay to be taken, at most 32. */
  int peek(int length) throws IOException {
    need(length);
    return (int) (bits >>> count - length & (1L << length) - 1);
  }

  /** Takes bits that were looked at. */
  void drop(int length) {
    count -= length;
  }

  /** Goes on with a whole byte. */
  void align() {
    count -= count % Byte.SIZE;
  }

  /** Whether nothing follows the byte at hand; the bits are aligned. */
  boolean isAtEnd() throws IOException {
    return count == 0 && input.isAtEnd();
  }

  private void need(int length) throws IOException {
    while (count < length) {
      bits = bits << Byte.SIZE | input.next();
      count += Byte.SIZE;
    }
  }
}
