package dev.platter.codec.bzip2;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;

/** The bits of a bzip2 file, the highest of each byte first. */
final class Bzip2Bits implements Closeable {
  private static final int PART = 1 << 16;

  private final InputStream input;
  private final byte[] part = new byte[PART];
  private int at;
  private int end;
  private long before;
  private long bits;
  private int count;

  Bzip2Bits(InputStream input) {
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

  /** How many bytes of the input have been taken; the bits are aligned. */
  long taken() {
    return before + at - count / Byte.SIZE;
  }

  /** Whether nothing follows the byte at hand; the bits are aligned. */
  boolean isAtEnd() throws IOException {
    return count == 0 && !hasMore();
  }

  private void need(int length) throws IOException {
    while (count < length) {
      if (at == end && !hasMore()) {
        throw new EOFException("the file ends early");
      }
      bits = bits << Byte.SIZE | part[at++] & 0xff;
      count += Byte.SIZE;
    }
  }

  private boolean hasMore() throws IOException {
    if (at == end) {
      before += end;
      at = 0;
      end = Math.max(0, input.readNBytes(part, 0, PART));
    }
    return at < end;
  }

  @Override
  public void close() throws IOException {
    input.close();
  }
}
