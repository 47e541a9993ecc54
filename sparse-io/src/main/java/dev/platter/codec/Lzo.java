package dev.platter.codec;

/**
 * Decodes LZO1X streams, as btrfs and squashfs have them. The instructions are those of "LZO stream
 * format as understood by Linux's LZO decompressor" (Linux kernel documentation), without its
 * run-length extension, which neither uses.
 */
public final class Lzo {
  private static final int FAR = 16384;
  private static final int AFTER_LITERALS = 2048;

  private final byte[] source;
  private final int limit;
  private final byte[] target;
  private final int start;
  private final int end;
  private int in;
  private int out;

  private Lzo(byte[] source, int from, int length, byte[] target, int at, int room) {
    this.source = source;
    this.in = from;
    this.limit = from + length;
    this.target = target;
    this.start = at;
    this.out = at;
    this.end = at + room;
  }

  /**
   * Decodes one stream.
   *
   * @param length how many bytes of {@code source} it may take, from {@code from} on
   * @param room the most bytes it may decode to
   * @return how many it decoded to
   * @throws CodecException if it is damaged, or decodes to more
   */
  public static int decode(byte[] source, int from, int length, byte[] target, int at, int room)
      throws CodecException {
    Lzo stream = new Lzo(source, from, length, target, at, room);
    stream.decode();
    return stream.out - at;
  }

  private void decode() throws CodecException {
    int literals = 0; // how many the last instruction copied: 0 to 3, or 4 for more
    if (peek() > 17) {
      int count = next() - 17;
      copyLiterals(count);
      literals = Math.min(count, 4);
    }
    while (true) {
      int code = next();
      int length;
      int distance;
      int following; // literals that follow the match
      if (code >= 64) {
        length = (code >> 5) + 1;
        distance = (next() << 3) + (code >> 2 & 7) + 1;
        following = code & 3;
      } else if (code >= 16) {
        boolean far = code < 32;
        length = 2 + (far ? longLength(code & 7, 7) : longLength(code & 31, 31));
        int low = next() | next() << 8;
        distance = (low >> 2) + (far ? FAR + ((code & 8) << 11) : 1);
        following = low & 3;
        if (far && distance == FAR) {
          return;
        }
      } else if (literals == 0) {
        copyLiterals(3 + longLength(code, 15));
        literals = 4;
        continue;
      } else {
        boolean three = literals == 4;
        length = three ? 3 : 2;
        distance = (next() << 2) + (code >> 2) + (three ? AFTER_LITERALS + 1 : 1);
        following = code & 3;
      }
      copyMatch(distance, length);
      copyLiterals(following);
      literals = following;
    }
  }

  private static void require(boolean condition, String what) throws CodecException {
    if (!condition) {
      throw new CodecException(what);
    }
  }

  private int peek() throws CodecException {
    require(in < limit, "lzo stream ends early");
    return source[in] & 0xFF;
  }

  private int next() throws CodecException {
    int value = peek();
    in++;
    return value;
  }

  /** A count of zero is followed by bytes that go on with it. */
  private int longLength(int count, int most) throws CodecException {
    if (count > 0) {
      return count;
    }
    int length = most;
    while (peek() == 0) {
      in++;
      length += 255;
    }
    return length + next();
  }

  private void copyLiterals(int count) throws CodecException {
    require(count <= end - out, "lzo stream decodes to more than " + (end - start) + " bytes");
    require(count <= limit - in, "lzo stream ends within its literals");
    System.arraycopy(source, in, target, out, count);
    in += count;
    out += count;
  }

  private void copyMatch(int distance, int length) throws CodecException {
    require(distance <= out - start && length <= end - out, "lzo stream points out of its window");
    for (int i = 0; i < length; i++) {
      target[out] = target[out - distance];
      out++;
    }
  }
}
