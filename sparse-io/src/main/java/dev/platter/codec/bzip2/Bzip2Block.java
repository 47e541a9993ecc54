package dev.platter.codec.bzip2;

import java.io.IOException;

/**
 * One block of a bzip2 file: Huffman codes, move-to-front and runs undone when it is read, the
 * Burrows-Wheeler transform and the outer runs while it is given out.
 */
final class Bzip2Block {
  private static final int GROUP = 50;
  private static final int MAX_TABLES = 6;
  private static final int RUN = 4;
  private static final int[] CRC = new int[256];

  static {
    for (int i = 0; i < CRC.length; i++) {
      int value = i << 24;
      for (int bit = 0; bit < Byte.SIZE; bit++) {
        value = value << 1 ^ (value < 0 ? 0x04c1_1db7 : 0);
      }
      CRC[i] = value;
    }
  }

  /** The transformed bytes, and above each where the one after it is. */
  private final int[] chain;

  private int storedCrc;
  private int crc;
  private int left;
  private int place;
  private int last;
  private int run;
  private int repeats;

  /**
   * @param capacity the most bytes that a block of the stream has
   */
  Bzip2Block(int capacity) {
    chain = new int[capacity];
  }

  int capacity() {
    return chain.length;
  }

  /** Reads a block, of which the magic number has been read. */
  void read(Bzip2Bits bits) throws IOException {
    storedCrc = bits.take(32);
    if (bits.take(1) != 0) {
      throw new IOException("bzip2: the block is randomised, as only versions before 0.9.5 did");
    }
    int origin = bits.take(24);
    int[] used = symbolsInUse(bits);
    int tables = bits.take(3);
    if (tables < 2 || tables > MAX_TABLES) {
      throw new IOException("bzip2: " + tables + " code tables, 2 to 6 are possible");
    }
    byte[] selectors = selectors(bits, tables);
    Bzip2Codes[] codes = new Bzip2Codes[tables];
    for (int i = 0; i < tables; i++) {
      codes[i] = Bzip2Codes.read(bits, used.length + 2);
    }
    int length = readSymbols(bits, used, codes, selectors);
    if (origin >= length) {
      throw new IOException("bzip2: the block begins at " + origin + " of its " + length);
    }
    link(length);
    place = chain[origin] >>> 8;
    left = length;
    crc = -1;
    run = 0;
    repeats = 0;
  }

  private static int[] symbolsInUse(Bzip2Bits bits) throws IOException {
    int rows = bits.take(16);
    int[] used = new int[256];
    int count = 0;
    for (int row = 0; row < 16; row++) {
      int columns = (rows >> 15 - row & 1) == 0 ? 0 : bits.take(16);
      for (int column = 0; column < 16; column++) {
        if ((columns >> 15 - column & 1) != 0) {
          used[count++] = row * 16 + column;
        }
      }
    }
    if (count == 0) {
      throw new IOException("bzip2: a block without symbols");
    }
    return java.util.Arrays.copyOf(used, count);
  }

  private static byte[] selectors(Bzip2Bits bits, int tables) throws IOException {
    byte[] selectors = new byte[bits.take(15)];
    byte[] order = {0, 1, 2, 3, 4, 5};
    for (int i = 0; i < selectors.length; i++) {
      int at = 0;
      while (bits.take(1) != 0) {
        if (++at >= tables) {
          throw new IOException("bzip2: code table " + at + " of " + tables);
        }
      }
      byte chosen = order[at];
      System.arraycopy(order, 0, order, 1, at);
      order[0] = chosen;
      selectors[i] = chosen;
    }
    return selectors;
  }

  private int readSymbols(Bzip2Bits bits, int[] used, Bzip2Codes[] codes, byte[] selectors)
      throws IOException {
    int[] front = used.clone();
    int endOfBlock = used.length + 1;
    int length = 0;
    long zeros = 0;
    int weight = 1;
    for (int group = 0; ; group++) {
      if (group == selectors.length) {
        throw new IOException("bzip2: the block goes on after its last group of codes");
      }
      Bzip2Codes table = codes[selectors[group]];
      for (int i = 0; i < GROUP; i++) {
        int symbol = table.next(bits);
        if (symbol <= 1) {
          zeros += (long) weight << symbol;
          weight <<= 1;
          if (zeros > chain.length) {
            throw overfull();
          }
          continue;
        }
        if (zeros > 0) {
          length = repeat(front[0], length, (int) zeros);
          zeros = 0;
          weight = 1;
        }
        if (symbol == endOfBlock) {
          return length;
        }
        if (length == chain.length) {
          throw overfull();
        }
        int value = front[symbol - 1];
        System.arraycopy(front, 0, front, 1, symbol - 1);
        front[0] = value;
        chain[length++] = value;
      }
    }
  }

  private int repeat(int value, int length, int count) throws IOException {
    if (count > chain.length - length) {
      throw overfull();
    }
    java.util.Arrays.fill(chain, length, length + count, value);
    return length + count;
  }

  private IOException overfull() {
    return new IOException("bzip2: a block of more than " + chain.length + " bytes");
  }

  /** Turns the transformed bytes into a chain of bytes in their right order. */
  private void link(int length) {
    int[] starts = new int[257];
    for (int i = 0; i < length; i++) {
      starts[(chain[i] & 0xff) + 1]++;
    }
    for (int i = 0; i < 256; i++) {
      starts[i + 1] += starts[i];
    }
    for (int i = 0; i < length; i++) {
      chain[starts[chain[i] & 0xff]++] |= i << 8;
    }
  }

  /**
   * Gives out some bytes.
   *
   * @return how many; 0 at the end of the block
   */
  int write(byte[] target, int offset, int count) {
    int at = offset;
    int end = offset + count;
    int sum = crc;
    while (at < end) {
      if (repeats > 0) {
        int stop = Math.min(end, at + repeats);
        repeats -= stop - at;
        while (at < stop) {
          target[at++] = (byte) last;
          sum = sum << 8 ^ CRC[sum >>> 24 ^ last];
        }
        continue;
      }
      if (left == 0) {
        break;
      }
      int link = chain[place];
      int value = link & 0xff;
      place = link >>> 8;
      left--;
      if (run == RUN) {
        repeats = value;
        run = 0;
        continue;
      }
      run = run > 0 && value == last ? run + 1 : 1;
      last = value;
      target[at++] = (byte) value;
      sum = sum << 8 ^ CRC[sum >>> 24 ^ value];
    }
    crc = sum;
    return at - offset;
  }

  /** The CRC of the bytes given out. */
  int crc() {
    return ~crc;
  }

  /** The CRC that the file says. */
  int storedCrc() {
    return storedCrc;
  }
}
