package dev.platter.codec;

/**
 * Apple Data Compression. With the highest bit of a byte set, the rest of it plus 1 bytes follow as
 * they are; with the next one set, it is a match of the rest plus 4 bytes, and two bytes say how
 * far back; otherwise one of the next four bits plus 3, and ten bits say how far. The distance is
 * told less 1.
 */
final class AdcDecoder extends HeapDecoder {
  @Override
  int decode(byte[] from, int sourceLength, byte[] to, int targetLength) throws CodecException {
    int at = 0;
    int done = 0;
    while (done < targetLength) {
      int code = byteAt(from, at++, sourceLength);
      int length;
      if ((code & 0x80) != 0) {
        length = (code & 0x7f) + 1;
        if (length > sourceLength - at || length > targetLength - done) {
          throw damaged(done);
        }
        System.arraycopy(from, at, to, done, length);
        at += length;
      } else {
        int distance;
        if ((code & 0x40) != 0) {
          length = (code & 0x3f) + 4;
          distance = byteAt(from, at++, sourceLength) << 8;
          distance |= byteAt(from, at++, sourceLength);
        } else {
          length = (code >>> 2) + 3;
          distance = (code & 3) << 8 | byteAt(from, at++, sourceLength);
        }
        if (distance + 1 > done || length > targetLength - done) {
          throw damaged(done);
        }
        for (int i = done; i < done + length; i++) { // it may reach into what it writes
          to[i] = to[i - distance - 1];
        }
      }
      done += length;
    }
    return at;
  }

  private static int byteAt(byte[] from, int at, int end) throws CodecException {
    if (at >= end) {
      throw new CodecException("adc stream ends early");
    }
    return from[at] & 0xff;
  }

  private static CodecException damaged(int done) {
    return new CodecException("adc stream is damaged behind " + done + " decoded bytes");
  }
}
