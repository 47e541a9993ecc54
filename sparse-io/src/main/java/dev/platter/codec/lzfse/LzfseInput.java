package dev.platter.codec.lzfse;

import java.io.IOException;

/** Little-endian numbers of a stream of LZFSE, none of them past its end. */
final class LzfseInput {
  private final byte[] bytes;
  private final int end;
  private int at;

  LzfseInput(byte[] bytes, int end) {
    this.bytes = bytes;
    this.end = end;
  }

  byte[] bytes() {
    return bytes;
  }

  int position() {
    return at;
  }

  /** Passes over some bytes and answers where they begin. */
  int take(long length) throws IOException {
    if (length < 0 || length > end - at) {
      throw new IOException("lzfse stream ends early");
    }
    int start = at;
    at += (int) length;
    return start;
  }

  int nextShort() throws IOException {
    int start = take(Short.BYTES);
    return bytes[start] & 0xff | (bytes[start + 1] & 0xff) << 8;
  }

  int nextInt() throws IOException {
    return nextShort() | nextShort() << 16;
  }

  long nextLong() throws IOException {
    return nextInt() & 0xffff_ffffL | (long) nextInt() << 32;
  }
}
