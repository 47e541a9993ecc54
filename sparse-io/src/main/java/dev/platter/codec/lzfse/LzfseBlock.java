package dev.platter.codec.lzfse;

import java.io.IOException;

/**
 * Decodes blocks of LZFSE: the literals first, by four decoders in turn, then triples that each
 * copy some of them and a match. Both parts are bits that are read from their ends to their
 * beginnings. Keeps its tables for the next block.
 */
final class LzfseBlock {
  private static final int[] LENGTH_BITS = bits(16, 2, 3, 5, 8);
  private static final int[] MATCH_BITS = bits(16, 3, 5, 8, 11);
  private static final int[] DISTANCE_BITS = new int[LzfseHeader.DISTANCES];

  static {
    for (int i = 0; i < DISTANCE_BITS.length; i++) {
      DISTANCE_BITS[i] = i / 4;
    }
  }

  private final FseTable literalTable = new FseTable(1024, new int[LzfseHeader.SYMBOLS], true);
  private final FseTable lengthTable = new FseTable(64, LENGTH_BITS, false);
  private final FseTable matchTable = new FseTable(64, MATCH_BITS, false);
  private final FseTable distanceTable = new FseTable(256, DISTANCE_BITS, false);
  private byte[] literals = new byte[0];

  private static int[] bits(int without, int... others) {
    int[] bits = new int[without + others.length];
    System.arraycopy(others, 0, bits, without, others.length);
    return bits;
  }

  /** Decodes a block, of which the header has been read. */
  void decode(LzfseHeader header, LzfseInput input, byte[] to, int start, int end)
      throws IOException {
    int[][] frequencies = header.tables().frequencies();
    lengthTable.fill(frequencies[0]);
    matchTable.fill(frequencies[1]);
    distanceTable.fill(frequencies[2]);
    literalTable.fill(frequencies[3]);
    int[] states = header.tables().states();
    int literalsAt = input.take(header.literalBytes());
    BackwardBits bits =
        new BackwardBits(input.bytes(), literalsAt, input.position(), header.literalBits());
    readLiterals(header.literals(), states, bits);
    int matchesAt = input.take(header.matchBytes());
    bits = new BackwardBits(input.bytes(), matchesAt, input.position(), header.matchBits());
    int length = lengthTable.checkState(states[4]);
    int match = matchTable.checkState(states[5]);
    int far = distanceTable.checkState(states[6]);
    int done = start;
    int used = 0;
    int distance = 0;
    for (int i = 0; i < header.matches(); i++) {
      int copied = lengthTable.value(length, bits);
      length = lengthTable.next();
      int matched = matchTable.value(match, bits);
      match = matchTable.next();
      int told = distanceTable.value(far, bits);
      far = distanceTable.next();
      distance = told == 0 ? distance : told;
      if (copied > header.literals() - used || copied + matched > end - done) {
        throw new IOException("lzfse block: match " + i + " reaches past its end");
      }
      System.arraycopy(literals, used, to, done, copied);
      used += copied;
      done += copied;
      if (matched > 0) {
        if (distance == 0 || distance > done) {
          throw new IOException("lzfse block: match " + i + " is from before the beginning");
        }
        LzfseStream.copyMatch(to, done, distance, matched);
        done += matched;
      }
    }
    if (done != end) {
      throw new IOException("lzfse block decodes to " + (end - done) + " bytes too few");
    }
  }

  private void readLiterals(int count, int[] states, BackwardBits bits) throws IOException {
    literals = literals.length < count ? new byte[count] : literals;
    int[] current = new int[4];
    for (int i = 0; i < 4; i++) {
      current[i] = literalTable.checkState(states[i]);
    }
    for (int i = 0; i < count; i++) {
      literals[i] = (byte) literalTable.value(current[i & 3], bits);
      current[i & 3] = literalTable.next();
    }
  }
}
