package dev.platter.wrap;

import net.jpountz.lz4.LZ4Exception;
import net.jpountz.lz4.LZ4SafeDecompressor;

/**
 * What the blocks of a linked frame may refer to: the 64 KiB before them. The decompressor knows no
 * such thing, so a block is given to it behind one more sequence that brings the history forth:
 * literals, which are the last four bytes of the history and all the others, then a match of four
 * bytes that repeats those four.
 */
final class Lz4History {
  private static final int MOST = 1 << 16;
  private static final int MATCH = 4;
  private static final int MAX_NIBBLE = 15;
  private static final int MAX_BYTE = 255;

  /** Offsets have 16 bits, and the match must reach back over all of the history. */
  private static final int REACH = MOST - 1;

  private final byte[] recent = new byte[REACH];
  private final byte[] source;
  private final byte[] target;
  private int length;

  /**
   * @param maxBlock the most bytes that a block of the frame decodes to
   */
  Lz4History(int maxBlock) {
    source = new byte[maxBlock + MOST + MOST / MAX_BYTE + 16];
    target = new byte[maxBlock + MOST + MATCH];
  }

  /**
   * Decompresses a block that may refer to the history.
   *
   * @return the bytes of {@code block} that were filled
   */
  int decompress(LZ4SafeDecompressor decompressor, byte[] packed, int size, byte[] block) {
    if (length < MATCH) {
      if (length > 0) {
        throw new LZ4Exception("a block behind a block of " + length + " bytes");
      }
      return decompressor.decompress(packed, 0, size, block, 0, block.length);
    }
    int start = putHistory();
    System.arraycopy(packed, 0, source, start, size);
    int whole =
        decompressor.decompress(
            source,
            0,
            start + size,
            target,
            0,
            Math.min(target.length, length + MATCH + block.length));
    int count = whole - length - MATCH;
    System.arraycopy(target, length + MATCH, block, 0, count);
    return count;
  }

  private int putHistory() {
    int at = 0;
    source[at++] = (byte) (MAX_NIBBLE << 4); // literals: 15 and more; a match of 4
    int rest = length - MAX_NIBBLE;
    if (rest < 0) {
      source[0] = (byte) (length << 4);
    } else {
      while (rest >= MAX_BYTE) {
        source[at++] = (byte) MAX_BYTE;
        rest -= MAX_BYTE;
      }
      source[at++] = (byte) rest;
    }
    System.arraycopy(recent, length - MATCH, source, at, MATCH);
    System.arraycopy(recent, 0, source, at + MATCH, length - MATCH);
    at += length;
    source[at++] = (byte) length;
    source[at++] = (byte) (length >> 8);
    return at;
  }

  /** Adds a block that has been decoded. */
  void add(byte[] block, int count) {
    int kept = Math.min(length, Math.max(0, REACH - count));
    System.arraycopy(recent, length - kept, recent, 0, kept);
    int fresh = Math.min(count, REACH);
    System.arraycopy(block, count - fresh, recent, kept, fresh);
    length = kept + fresh;
  }
}
