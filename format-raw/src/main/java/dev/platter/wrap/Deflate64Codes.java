package dev.platter.wrap;

import java.io.IOException;

/** One table of Huffman codes of a deflate stream (RFC 1951, 3.2.2), by the bits at hand. */
final class Deflate64Codes {
  private static final int MAX_LENGTH = 15;

  /** For all bits that may be at hand the symbol and, in the lowest four bits, its length. */
  private final short[] symbols;

  private final int longest;

  /** By the lengths of the codes; 0: a symbol without one. */
  Deflate64Codes(byte[] lengths, int from, int size) throws IOException {
    int[] counts = new int[MAX_LENGTH + 1];
    int most = 0;
    for (int i = 0; i < size; i++) {
      counts[lengths[from + i]]++;
      most = Math.max(most, lengths[from + i]);
    }
    longest = most;
    int[] next = new int[MAX_LENGTH + 1];
    int code = 0;
    counts[0] = 0;
    for (int length = 1; length <= MAX_LENGTH; length++) {
      code = code + counts[length - 1] << 1;
      next[length] = code;
      if (code + counts[length] > 1 << length) {
        throw new IOException("deflate64: a code table is overfull");
      }
    }
    symbols = new short[1 << longest];
    for (int symbol = 0; symbol < size; symbol++) {
      int length = lengths[from + symbol];
      if (length == 0) {
        continue;
      }
      int first = Integer.reverse(next[length]++) >>> Integer.SIZE - length;
      for (int i = first; i < symbols.length; i += 1 << length) {
        symbols[i] = (short) (symbol << 4 | length);
      }
    }
  }

  /**
   * The symbol that the next bits are, times 16, plus its length.
   *
   * @param bits the bits at hand, the next one lowest, zeros above them
   * @return negative if they are too few for any
   */
  int find(int bits, int count) {
    int found = symbols[bits & symbols.length - 1];
    return found == 0 || (found & 15) > count ? -1 : found;
  }
}
