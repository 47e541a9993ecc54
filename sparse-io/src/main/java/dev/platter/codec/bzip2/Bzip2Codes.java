package dev.platter.codec.bzip2;

import java.io.IOException;

/** One table of Huffman codes of a bzip2 block: canonical, of at most 20 bits. */
final class Bzip2Codes {
  private static final int MAX_LENGTH = 20;

  /** The symbols, shortest code first. */
  private final int[] symbols;

  /** For each length the highest code of it, filled up with ones to the longest code. */
  private final int[] highest = new int[MAX_LENGTH + 1];

  /** For each length what a code of it lies above its place among the symbols. */
  private final int[] above = new int[MAX_LENGTH + 1];

  private final int shortest;

  private Bzip2Codes(int[] lengths) throws IOException {
    symbols = new int[lengths.length];
    int first = MAX_LENGTH;
    int code = 0;
    int place = 0;
    for (int length = 1; length <= MAX_LENGTH; length++) {
      int before = place;
      above[length] = code - place;
      for (int symbol = 0; symbol < lengths.length; symbol++) {
        if (lengths[symbol] == length) {
          symbols[place++] = symbol;
        }
      }
      if (place > before) {
        first = Math.min(first, length);
      }
      code += place - before;
      if (code > 1 << length) {
        throw new IOException("bzip2: a code table is overfull");
      }
      highest[length] = (code << MAX_LENGTH - length) - 1;
      code <<= 1;
    }
    shortest = first;
  }

  /** Reads a table for that many symbols. */
  static Bzip2Codes read(Bzip2Bits bits, int size) throws IOException {
    int[] lengths = new int[size];
    int length = bits.take(5);
    for (int symbol = 0; symbol < size; symbol++) {
      while (true) {
        if (length < 1 || length > MAX_LENGTH) {
          throw new IOException("bzip2: a code of " + length + " bits, 1 to 20 are possible");
        }
        if (bits.take(1) == 0) {
          break;
        }
        length += bits.take(1) == 0 ? 1 : -1;
      }
      lengths[symbol] = length;
    }
    return new Bzip2Codes(lengths);
  }

  /** The next symbol. A block is followed by more bits than the longest code has. */
  int next(Bzip2Bits bits) throws IOException {
    int code = bits.peek(MAX_LENGTH);
    int length = shortest;
    while (code > highest[length]) {
      if (++length > MAX_LENGTH) {
        throw new IOException("bzip2: bits that are no code");
      }
    }
    bits.drop(length);
    return symbols[(code >>> MAX_LENGTH - length) - above[length]];
  }
}
