package dev.platter.server.imports;

import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** Bytes of which there are exactly so many as was said: more or fewer are an error. */
final class ExactInput extends FilterInputStream {
  private volatile long left;

  ExactInput(InputStream input, long length) {
    super(input);
    left = length;
  }

  /** How many are still to come. */
  long left() {
    return left;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    int count = super.read(target, offset, length);
    if (count < 0 && left > 0) {
      throw new EOFException("the data end " + left + " bytes early");
    }
    long after = left - Math.max(0, count);
    left = after;
    if (after < 0) {
      throw new IOException("there are more data than was said");
    }
    return count;
  }
}
