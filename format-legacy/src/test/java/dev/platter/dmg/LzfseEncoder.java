package dev.platter.dmg;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;

/**
 * Makes blocks of LZFSE of each kind, sharing no code with the decoder: tables of ranges are
 * written down, and states are found by search.
 */
final class LzfseEncoder {
  private static final int[] LENGTH_BASES = {
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 20, 28, 60
  };
  private static final int[] MATCH_BASES = {
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 24, 56, 312
  };
  private static final int[] DISTANCE_BASES = {
    0, 1, 2, 3, 4, 6, 8, 10, 12, 16, 20, 24, 28, 36, 44, 52, 60, 76, 92, 108, 124, 156, 188, 220,
    252, 316, 380, 444, 508, 636, 764, 892, 1020, 1276, 1532, 1788, 2044, 2556, 3068, 3580, 4092,
    5116, 6140, 7164, 8188, 10236, 12284, 14332, 16380, 20476, 24572, 28668, 32764, 40956, 49148,
    57340, 65532, 81916, 98300, 114684, 131068, 163836, 196604, 229372
  };
  private static final int[] BYTE_BASES = new int[256];

  static {
    for (int i = 0; i < 256; i++) {
      BYTE_BASES[i] = i;
    }
  }

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  /** Bits that the decoder takes from their end. */
  private static final class Bits {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private long word;
    private int count;

    void put(int value, int length) {
      word |= (long) value << count;
      count += length;
      while (count >= 8) {
        bytes.write((int) word);
        word >>>= 8;
        count -= 8;
      }
    }

    /** Fills the last byte; answers less than zero by how many bits were free. */
    int finish() {
      int free = -count & 7;
      put(0, free);
      return -free;
    }
  }

  /** Encodes values from the last to the first, and ends in the state in which a decoder begins. */
  private static final class Fse {
    private final int states;
    private final int[] bases;
    private final int[] counts;
    int[] frequencies;
    private int[] starts;

    Fse(int states, int[] bases) {
      this.states = states;
      this.bases = bases;
      this.counts = new int[bases.length];
    }

    private int symbol(int value) {
      int symbol = bases.length - 1;
      while (bases[symbol] > value) {
        symbol--;
      }
      return symbol;
    }

    void count(int value) {
      counts[symbol(value)]++;
    }

    /** Frequencies whose sum is the number of states, none of what comes at all zero. */
    void normalise() {
      long sum = 0;
      int most = 0;
      for (int i = 0; i < counts.length; i++) {
        sum += counts[i];
        most = counts[i] > counts[most] ? i : most;
      }
      frequencies = new int[counts.length];
      int left = states;
      for (int i = 0; i < counts.length; i++) {
        frequencies[i] = counts[i] == 0 ? 0 : (int) Math.max(1, counts[i] * (long) states / sum);
        left -= frequencies[i];
      }
      while (left < 0) { // too many ones: take from the largest
        int largest = 0;
        for (int i = 0; i < frequencies.length; i++) {
          largest = frequencies[i] > frequencies[largest] ? i : largest;
        }
        int taken = Math.min(-left, frequencies[largest] / 2);
        frequencies[largest] -= taken;
        left += taken;
      }
      frequencies[most] += left;
      starts = new int[counts.length + 1];
      for (int i = 0; i < counts.length; i++) {
        starts[i + 1] = starts[i] + frequencies[i];
      }
    }

    int put(Bits bits, int value, int next) {
      int symbol = symbol(value);
      int range = symbol + 1 < bases.length ? bases[symbol + 1] - bases[symbol] : 1 << 15;
      if (bases == LENGTH_BASES && symbol == 19) {
        range = 256;
      } else if (bases == MATCH_BASES && symbol == 19) {
        range = 2048;
      } else if (bases == BYTE_BASES) {
        range = 1;
      }
      bits.put(value - bases[symbol], Integer.numberOfTrailingZeros(range));
      // The symbol's states split all states among them in order: some of 2^k, then some of half.
      int f = frequencies[symbol];
      int k = 0;
      while (f << k + 1 < 2 * states) {
        k++;
      }
      int wide = (2 * states >> k) - f;
      int narrowSum = (f - wide) << Math.max(0, k - 1);
      int state;
      int base;
      int length;
      if (next < narrowSum) {
        length = k - 1;
        state = wide + (next >> length);
        base = next >> length << length;
      } else {
        length = k;
        state = next - narrowSum >> k;
        base = narrowSum + (state << k);
      }
      bits.put(next - base, length);
      return starts[symbol] + state;
    }
  }

  private void putInt(long value) {
    for (int i = 0; i < 4; i++) {
      out.write((int) (value >>> 8 * i));
    }
  }

  private void putShort(int value) {
    out.write(value);
    out.write(value >> 8);
  }

  /** A whole stream of one kind of block: '-', 'n', '1' or '2'. */
  static byte[] encode(byte[] block, char kind) {
    LzfseEncoder encoder = new LzfseEncoder();
    int part = kind == '-' ? block.length : kind == 'n' ? block.length / 2 + 1 : 30_000;
    for (int at = 0; at < block.length; at += part) {
      encoder.block(
          java.util.Arrays.copyOfRange(block, at, Math.min(block.length, at + part)), kind);
    }
    encoder.putInt(0x24787662);
    return encoder.out.toByteArray();
  }

  private void block(byte[] block, char kind) {
    out.write('b');
    out.write('v');
    out.write('x');
    out.write(kind);
    putInt(block.length);
    switch (kind) {
      case '-' -> out.writeBytes(block);
      case 'n' -> lzvn(block);
      default -> lzfse(block, kind == '2');
    }
  }

  private void lzvn(byte[] block) {
    ByteArrayOutputStream codes = new ByteArrayOutputStream();
    int[] before = {0, 0};
    new Matches(block, 65535, 200)
        .cut(
            271,
            (literalsAt, literals, match, distance) -> {
              int at = literalsAt;
              int left = literals;
              if (left > 15) {
                codes.write(0xe0);
                codes.write(left - 16);
                codes.write(block, at, left);
                left = 0;
              } else if (left > 3) {
                codes.write(0xe0 | left);
                codes.write(block, at, left);
                left = 0;
              }
              int first = Math.min(match, 10);
              if (match == 0) {
                if (left > 0) {
                  codes.write(0xe0 | left);
                  codes.write(block, at, left);
                }
                return;
              }
              if (before[1]++ % 7 == 0) {
                codes.write(0x0e); // nothing
              }
              int brief = left << 6 | first - 3 << 3;
              if (distance == before[0] && isPrevious(brief | 6)) {
                codes.write(brief | 6);
              } else if (distance < 0x600 && brief < 0xa0 && (brief & 0xf0) != 0x70) {
                codes.write(brief | distance >> 8);
                codes.write(distance);
              } else if (distance < 0x4000) {
                first = Math.min(match, 34);
                int word = distance << 2 | first - 3 & 3;
                codes.write(0xa0 | left << 3 | first - 3 >> 2);
                codes.write(word);
                codes.write(word >> 8);
              } else {
                if (left > 0) {
                  codes.write(0xe0 | left);
                  codes.write(block, at, left);
                  left = 0;
                }
                codes.write(first - 3 << 3 | 7);
                codes.write(distance);
                codes.write(distance >> 8);
              }
              codes.write(block, at, left);
              before[0] = distance;
              for (int rest = match - first; rest > 0; ) {
                int more = Math.min(rest, 200);
                if (more > 15) {
                  codes.write(0xf0);
                  codes.write(more - 16);
                } else {
                  codes.write(0xf0 | more);
                }
                rest -= more;
              }
            });
    codes.write(6);
    codes.writeBytes(new byte[7]);
    putInt(codes.size());
    out.writeBytes(codes.toByteArray());
  }

  /** Whether a code of that form stands for the distance before: some of them stand for others. */
  private static boolean isPrevious(int code) {
    return code >= 0x46 && code <= 0x6e
        || code >= 0x86 && code <= 0x9e
        || code == 0xc6
        || code == 0xce;
  }

  private void lzfse(byte[] block, boolean packed) {
    List<int[]> triples = new ArrayList<>();
    ByteArrayOutputStream literals = new ByteArrayOutputStream();
    int[] before = {0};
    new Matches(block, 262_139, 2359)
        .cut(
            315,
            (at, count, match, distance) -> {
              literals.write(block, at, count);
              triples.add(new int[] {count, match, distance == before[0] ? 0 : distance});
              before[0] = distance;
            });
    while (literals.size() % 4 != 0) {
      literals.write(0);
    }
    Fse[] fse = {
      new Fse(64, LENGTH_BASES), new Fse(64, MATCH_BASES),
      new Fse(256, DISTANCE_BASES), new Fse(1024, BYTE_BASES)
    };
    byte[] bytes = literals.toByteArray();
    for (byte value : bytes) {
      fse[3].count(value & 0xff);
    }
    for (int[] triple : triples) {
      for (int i = 0; i < 3; i++) {
        fse[i].count(triple[i]);
      }
    }
    for (Fse each : fse) {
      each.normalise();
    }
    int[] states = new int[7];
    Bits literalBits = new Bits();
    for (int i = bytes.length - 1; i >= 0; i--) {
      states[i & 3] = fse[3].put(literalBits, bytes[i] & 0xff, states[i & 3]);
    }
    int literalFree = literalBits.finish();
    Bits matchBits = new Bits();
    matchBits.bytes.writeBytes(new byte[8]); // as encoders do, for decoders that read words
    for (int i = triples.size() - 1; i >= 0; i--) {
      for (int j = 2; j >= 0; j--) {
        states[4 + j] = fse[j].put(matchBits, triples.get(i)[j], states[4 + j]);
      }
    }
    int matchFree = matchBits.finish();
    int literalBytes = literalBits.bytes.size();
    int matchBytes = matchBits.bytes.size();
    if (packed) {
      putPacked(
          bytes.length,
          literalBytes,
          literalFree,
          triples.size(),
          matchBytes,
          matchFree,
          states,
          fse);
    } else {
      putInt(literalBytes + matchBytes);
      putInt(bytes.length);
      putInt(triples.size());
      putInt(literalBytes);
      putInt(matchBytes);
      putInt(literalFree);
      for (int i = 0; i < 4; i++) {
        putShort(states[i]);
      }
      putInt(matchFree);
      for (int i = 4; i < 7; i++) {
        putShort(states[i]);
      }
      for (Fse each : fse) {
        for (int frequency : each.frequencies) {
          putShort(frequency);
        }
      }
      putShort(0);
    }
    out.writeBytes(literalBits.bytes.toByteArray());
    out.writeBytes(matchBits.bytes.toByteArray());
  }

  private void putPacked(
      long literals,
      long literalBytes,
      int literalFree,
      long matches,
      long matchBytes,
      int matchFree,
      int[] states,
      Fse[] fse) {
    int[][] codes = {{0, 2}, {2, 2}, {1, 3}, {5, 3}, {3, 5}, {11, 5}, {19, 5}, {27, 5}};
    Bits tables = new Bits();
    for (Fse each : fse) {
      for (int frequency : each.frequencies) {
        if (frequency < 8) {
          tables.put(codes[frequency][0], codes[frequency][1]);
        } else if (frequency < 24) {
          tables.put(7 | frequency - 8 << 4, 8);
        } else {
          tables.put(15 | frequency - 24 << 4, 14);
        }
      }
    }
    tables.finish();
    long first = literals | literalBytes << 20 | matches << 40 | (long) (literalFree + 7) << 60;
    long second = matchBytes << 40 | (long) (matchFree + 7) << 60;
    for (int i = 0; i < 4; i++) {
      second |= (long) states[i] << 10 * i;
    }
    long third = 32L + tables.bytes.size();
    for (int i = 0; i < 3; i++) {
      third |= (long) states[4 + i] << 32 + 10 * i;
    }
    for (long word : new long[] {first, second, third}) {
      putInt(word);
      putInt(word >>> 32);
    }
    out.writeBytes(tables.bytes.toByteArray());
  }
}
