package dev.platter.codec.lzfse;

import java.io.IOException;

/**
 * The header of an LZFSE block: how long its parts are, in what states its decoders begin, and how
 * often each symbol comes.
 *
 * @param literals how many bytes the literals' part decodes to
 * @param literalBytes the length of that part, bytes
 * @param literalBits less than zero by as many bits as its last byte has free
 * @param matches how many triples of literals, match and distance follow
 * @param matchBytes the length of that part, bytes
 * @param matchBits as for the literals
 * @param tables the states and frequencies
 */
record LzfseHeader(
    int literals,
    int literalBytes,
    int literalBits,
    int matches,
    int matchBytes,
    int matchBits,
    Tables tables) {
  static final int LENGTHS = 20;
  static final int DISTANCES = 64;
  static final int SYMBOLS = 256;
  private static final int PACKED_HEADER = 32;
  private static final int MOST_LITERALS = 40_000;
  private static final int MOST_MATCHES = 10_000;

  /**
   * The numbers that the packed form has in fewer bits, and for each five bits how many it takes.
   */
  private static final byte[] SHORT_LENGTHS = {2, 3, 2, 5, 2, 3, 2, 8, 2, 3, 2, 5, 2, 3, 2, 14};

  private static final byte[] SHORT_VALUES = {
    0, 2, 1, 4, 0, 3, 1, 0, 0, 2, 1, 5, 0, 3, 1, 0, 0, 2, 1, 6, 0, 3, 1, 0, 0, 2, 1, 7, 0, 3, 1, 0
  };

  /**
   * @param states of the four literal decoders, then those of lengths, match lengths and distances
   * @param frequencies of lengths, match lengths, distances, and literals
   */
  record Tables(int[] states, int[][] frequencies) {
    private static Tables empty() {
      return new Tables(
          new int[7],
          new int[][] {new int[LENGTHS], new int[LENGTHS], new int[DISTANCES], new int[SYMBOLS]});
    }
  }

  /** The rest of a header with plain tables, of which magic and decoded length have been read. */
  static LzfseHeader readPlain(LzfseInput input) throws IOException {
    input.nextInt(); // all parts together
    int literals = input.nextInt();
    int matches = input.nextInt();
    int literalBytes = input.nextInt();
    int matchBytes = input.nextInt();
    int literalBits = input.nextInt();
    Tables tables = Tables.empty();
    for (int i = 0; i < 4; i++) {
      tables.states[i] = input.nextShort();
    }
    int matchBits = input.nextInt();
    for (int i = 4; i < 7; i++) {
      tables.states[i] = input.nextShort();
    }
    for (int[] frequencies : tables.frequencies) {
      for (int i = 0; i < frequencies.length; i++) {
        frequencies[i] = input.nextShort();
      }
    }
    input.nextShort(); // fills the last word
    return new LzfseHeader(
            literals, literalBytes, literalBits, matches, matchBytes, matchBits, tables)
        .checked();
  }

  /** The rest of a header with packed tables, of which magic and decoded length have been read. */
  static LzfseHeader readPacked(LzfseInput input) throws IOException {
    int start = input.position() - 2 * Integer.BYTES;
    long first = input.nextLong();
    long second = input.nextLong();
    long third = input.nextLong();
    Tables tables = Tables.empty();
    for (int i = 0; i < 4; i++) {
      tables.states[i] = field(second, 10 * i, 10);
    }
    for (int i = 0; i < 3; i++) {
      tables.states[4 + i] = field(third, 32 + 10 * i, 10);
    }
    long tableBytes = (third & 0xffff_ffffL) - PACKED_HEADER;
    int end = input.take(tableBytes) + (int) tableBytes;
    unpack(input.bytes(), start + PACKED_HEADER, end, tables.frequencies);
    return new LzfseHeader(
            field(first, 0, 20),
            field(first, 20, 20),
            field(first, 60, 3) - 7,
            field(first, 40, 20),
            field(second, 40, 20),
            field(second, 60, 3) - 7,
            tables)
        .checked();
  }

  private static int field(long word, int at, int bits) {
    return (int) (word >>> at & (1L << bits) - 1);
  }

  private static void unpack(byte[] bytes, int start, int end, int[][] tables) throws IOException {
    int at = start;
    int bits = 0;
    int count = 0;
    for (int[] frequencies : tables) {
      for (int i = 0; i < frequencies.length; i++) {
        while (at < end && count <= Integer.SIZE - 2 * Byte.SIZE) {
          bits |= (bytes[at++] & 0xff) << count;
          count += Byte.SIZE;
        }
        int length = SHORT_LENGTHS[bits & 15];
        frequencies[i] =
            switch (length) {
              case 8 -> 8 + (bits >>> 4 & 0xf);
              case 14 -> 24 + (bits >>> 4 & 0x3ff);
              default -> SHORT_VALUES[bits & 31];
            };
        if (length > count) {
          throw new IOException("lzfse block ends within its tables");
        }
        bits >>>= length;
        count -= length;
      }
    }
    if (at != end || count >= Byte.SIZE) {
      throw new IOException("lzfse block has more than its tables in its header");
    }
  }

  private LzfseHeader checked() throws IOException {
    boolean sound =
        literals >= 0
            && literals <= MOST_LITERALS
            && literals % 4 == 0
            && matches >= 0
            && matches <= MOST_MATCHES
            && literalBytes >= 0
            && matchBytes >= 0
            && literalBits >= -7
            && literalBits <= 0
            && matchBits >= -7
            && matchBits <= 0;
    if (!sound) {
      throw new IOException(
          "lzfse block with %d literals in %d bytes and %d matches in %d bytes"
              .formatted(literals, literalBytes, matches, matchBytes));
    }
    return this;
  }
}
