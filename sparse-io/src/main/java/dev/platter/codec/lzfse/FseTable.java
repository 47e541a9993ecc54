package dev.platter.codec.lzfse;

import java.io.IOException;

/**
 * A decoder of finite state entropy: in each state stands one symbol, of which there are as many
 * states as it is frequent; some bits of the stream choose the next state. A symbol may stand for a
 * range of values, of which further bits choose one.
 */
final class FseTable {
  private final int states;
  private final int[] extraBits;
  private final int[] bases;
  private final int[] symbols;
  private final int[] nextBits;
  private final int[] nextBases;
  private int next;

  /**
   * @param states how many there are, a power of two
   * @param extraBits for each symbol how many bits choose its value
   * @param isByte whether values are the symbols' numbers and nothing more
   */
  FseTable(int states, int[] extraBits, boolean isByte) {
    this.states = states;
    this.extraBits = extraBits;
    this.bases = new int[extraBits.length];
    for (int i = 1; i < bases.length; i++) {
      bases[i] = bases[i - 1] + (isByte ? 1 : 1 << extraBits[i - 1]);
    }
    this.symbols = new int[states];
    this.nextBits = new int[states];
    this.nextBases = new int[states];
  }

  /** Takes the frequencies of a block, whose sum is the number of states. */
  void fill(int[] frequencies) throws IOException {
    int state = 0;
    for (int symbol = 0; symbol < frequencies.length; symbol++) {
      int frequency = frequencies[symbol];
      if (frequency > states - state) {
        throw wrongSum();
      }
      if (frequency == 0) {
        continue;
      }
      int most = Integer.numberOfLeadingZeros(frequency) - Integer.numberOfLeadingZeros(states);
      int fewer = (2 * states >> most) - frequency;
      for (int i = 0; i < frequency; i++, state++) {
        symbols[state] = symbol;
        boolean first = i < fewer;
        nextBits[state] = first ? most : most - 1;
        nextBases[state] = first ? (frequency + i << most) - states : i - fewer << most - 1;
      }
    }
    if (state != states) {
      throw wrongSum();
    }
  }

  private IOException wrongSum() {
    return new IOException("lzfse block: the frequencies of a table have not the sum " + states);
  }

  int checkState(int state) throws IOException {
    if (state >= states) {
      throw new IOException("lzfse block begins in state " + state + " of " + states);
    }
    return state;
  }

  /** What a state says; {@link #next} is the one that follows. */
  int value(int state, BackwardBits bits) throws IOException {
    int symbol = symbols[state];
    next = nextBases[state] + bits.take(nextBits[state]);
    return bases[symbol] + bits.take(extraBits[symbol]);
  }

  int next() {
    return next;
  }
}
