package dev.platter.guest.files.btrfs;

import dev.platter.guest.files.Bytes;
import dev.platter.image.CorruptImageException;

/**
 * Decodes LZO1X streams, as btrfs has them. The instructions are those of "LZO stream format as
 * understood by Linux's LZO decompressor" (Linux kernel documentation), without its run-length
 * extension, which btrfs does not use.
 */
final class Lzo {
  private static final int FAR = 16384;
  private static final int AFTER_LITERALS = 2048;

  private final Bytes source;
  private final byte[] target;
  private final int start;
  private final int end;
  private int in;
  private int out;

  private Lzo(Bytes source, byte[] target, int at, int room) {
    this.source = source;
    this.target = target;
    this.start = at;
    this.out = at;
    this.end = at + room;
  }

  /**
   * Decodes one stream.
   *
   * @param room the most bytes it may decode to
   * @return how many it decoded to
   */
  static int decode(Bytes source, byte[] target, int at, int room) throws CorruptImageException {
    Lzo stream = new Lzo(source, target, at, room);
    stream.decode();
    return stream.out - at;
  }

  private void decode() throws CorruptImageException {
    int literals = 0; // how many the last instruction copied: 0 to 3, or 4 for more
    if (source.u8(0) > 17) {
      int count = source.u8(in++) - 17;
      copyLiterals(count);
      literals = Math.min(count, 4);
    }
    while (true) {
      int code = source.u8(in++);
      int length;
      int distance;
      int next; // literals that follow the match
      if (code >= 64) {
        length = (code >> 5) + 1;
        distance = (source.u8(in++) << 3) + (code >> 2 & 7) + 1;
        next = code & 3;
      } else if (code >= 16) {
        boolean far = code < 32;
        length = 2 + (far ? longLength(code & 7, 7) : longLength(code & 31, 31));
        int low = source.u16(in);
        in += 2;
        distance = (low >> 2) + (far ? FAR + ((code & 8) << 11) : 1);
        next = low & 3;
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
        distance = (source.u8(in++) << 2) + (code >> 2) + (three ? AFTER_LITERALS + 1 : 1);
        next = code & 3;
      }
      copyMatch(distance, length);
      copyLiterals(next);
      literals = next;
    }
  }

  /** A count of zero is followed by bytes that go on with it. */
  private int longLength(int count, int most) throws CorruptImageException {
    if (count > 0) {
      return count;
    }
    int length = most;
    while (source.u8(in) == 0) {
      in++;
      length += 255;
    }
    return length + source.u8(in++);
  }

  private void copyLiterals(int count) throws CorruptImageException {
    source.require(count <= end - out, "lzo data decodes to more than " + (end - start) + " bytes");
    System.arraycopy(source.array(in, count), 0, target, out, count);
    in += count;
    out += count;
  }

  private void copyMatch(int distance, int length) throws CorruptImageException {
    source.require(
        distance <= out - start && length <= end - out, "lzo data points out of its window");
    for (int i = 0; i < length; i++) {
      target[out] = target[out - distance];
      out++;
    }
  }
}
