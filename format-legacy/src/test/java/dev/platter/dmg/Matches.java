package dev.platter.dmg;

import java.util.Arrays;
import java.util.Random;

/** Cuts a block into literals and matches, for encoders of the tests. */
final class Matches {
  private final byte[] block;
  private final int longestDistance;
  private final int longest;
  private final int[] last = new int[1 << 12];
  private final Random random;

  /** Takes some literals and a match; the last match may be empty. */
  @FunctionalInterface
  interface Sink {
    void put(int literalsAt, int literals, int match, int distance);
  }

  Matches(byte[] block, int longestDistance, int longest) {
    this.block = block;
    this.longestDistance = longestDistance;
    this.longest = longest;
    this.random = new Random(block.length);
    Arrays.fill(last, -1);
  }

  /**
   * @param mostLiterals before a match, which is empty where more follow
   */
  void cut(int mostLiterals, Sink sink) {
    int literalsAt = 0;
    int at = 0;
    while (at < block.length) {
      int match = 0;
      int distance = 0;
      if (at + 4 <= block.length) {
        int hash =
            ((block[at] & 0xff) * 31 + (block[at + 1] & 0xff)) * 31 + (block[at + 2] & 0xff) & 4095;
        int before = last[hash];
        last[hash] = at;
        if (before >= 0 && at - before <= longestDistance) {
          distance = at - before;
          int most = Math.min(longest - random.nextInt(5), block.length - at);
          while (match < most && block[at + match] == block[before + match]) {
            match++;
          }
        }
      }
      if (match >= 4) {
        sink.put(literalsAt, at - literalsAt, match, distance);
        at += match;
        literalsAt = at;
      } else {
        at++;
        if (at - literalsAt == mostLiterals) {
          sink.put(literalsAt, mostLiterals, 0, 1);
          literalsAt = at;
        }
      }
    }
    if (at > literalsAt) {
      sink.put(literalsAt, at - literalsAt, 0, 1);
    }
  }
}
