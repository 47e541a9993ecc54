package dev.platter.wrap;

import java.io.IOException;
import java.io.InputStream;

/** A decoder as a stream; nobody reads it byte by byte, but it can be. */
abstract class Unpacked extends InputStream {
  @Override
  public abstract int read(byte[] target, int offset, int length) throws IOException;

  @Override
  public final int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }
}
