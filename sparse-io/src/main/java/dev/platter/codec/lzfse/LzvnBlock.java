package dev.platter.codec.lzfse;

import java.io.IOException;

/**
 * A block of LZVN: byte codes, each with up to some literal bytes and a match. The distance of a
 * match stays for those that follow and do not tell one.
 */
final class LzvnBlock {
  private static final int LONGER = 16;
  private static final int END_LENGTH = 8;

  private LzvnBlock() {}

  /** Decodes a block, of which magic and decoded length have been read. */
  static void decode(LzfseInput input, byte[] to, int start, int end) throws IOException {
    long length = input.nextInt() & 0xffff_ffffL;
    int at = input.take(length);
    int stop = input.position();
    byte[] from = input.bytes();
    int done = start;
    int distance = 0;
    while (true) {
      int code = at < stop ? from[at] & 0xff : -1;
      int literals = code >>> 6;
      int match = (code >>> 3 & 7) + 3;
      int codeLength = 1;
      if (code < 0 || code >= 0x70 && code < 0x80 || code >= 0xd0 && code < 0xe0) {
        throw damaged(code, done);
      } else if (code >= 0xf0) {
        literals = 0;
        match = code & 0xf;
        if (match == 0) {
          codeLength = 2;
          match = byteAt(from, at + 1, stop) + LONGER;
        }
      } else if (code >= 0xe0) {
        match = 0;
        literals = code & 0xf;
        if (literals == 0) {
          codeLength = 2;
          literals = byteAt(from, at + 1, stop) + LONGER;
        }
      } else if (code >= 0xa0 && code < 0xc0) {
        literals = code >>> 3 & 3;
        codeLength = 3;
        int rest = byteAt(from, at + 1, stop) | byteAt(from, at + 2, stop) << 8;
        match = ((code & 7) << 2 | rest & 3) + 3;
        distance = rest >>> 2;
      } else if ((code & 7) == 7) {
        codeLength = 3;
        distance = byteAt(from, at + 1, stop) | byteAt(from, at + 2, stop) << 8;
      } else if ((code & 7) == 6) {
        if (code == 0x06) {
          checkEnd(at, stop, done, end);
          return;
        }
        if (code == 0x0e || code == 0x16) {
          at++;
          continue;
        }
        if (code < 0x40) {
          throw damaged(code, done);
        }
      } else {
        codeLength = 2;
        distance = (code & 7) << 8 | byteAt(from, at + 1, stop);
      }
      at += codeLength;
      if (literals > stop - at || literals + match > end - done) {
        throw damaged(code, done);
      }
      System.arraycopy(from, at, to, done, literals);
      at += literals;
      done += literals;
      if (match > 0) {
        if (distance == 0 || distance > done) {
          throw damaged(code, done);
        }
        LzfseStream.copyMatch(to, done, distance, match);
        done += match;
      }
    }
  }

  private static void checkEnd(int at, int stop, int done, int end) throws IOException {
    if (done != end || stop - at < END_LENGTH) {
      throw new IOException(
          "lzvn block ends with " + (end - done) + " bytes to go, or within its end mark");
    }
  }

  private static int byteAt(byte[] from, int at, int stop) throws IOException {
    if (at >= stop) {
      throw new IOException("lzvn block ends early");
    }
    return from[at] & 0xff;
  }

  private static IOException damaged(int code, int done) {
    return new IOException(
        "lzvn block is damaged: code %d behind %d decoded bytes".formatted(code, done));
  }
}
