package dev.platter.guest.free;

import java.util.Arrays;

/**
 * Ranges of a disk, few enough to keep: where there are too many, the shortest are left out. Told
 * in any order, then sorted once.
 */
final class Ranges {
  private static final int MOST = 1 << 20;
  private static final long SHORTEST = 4096;

  private long[] starts = new long[64];
  private long[] lengths = new long[64];
  private int count;
  private long shortest = SHORTEST;

  int count() {
    return count;
  }

  long start(int i) {
    return starts[i];
  }

  long length(int i) {
    return lengths[i];
  }

  void add(long start, long length) {
    if (length < shortest) {
      return;
    }
    if (count > 0 && starts[count - 1] + lengths[count - 1] == start) {
      lengths[count - 1] += length;
      return;
    }
    if (count == MOST) {
      shortest *= 2;
      leaveOutShorter();
      add(start, length);
      return;
    }
    if (count == starts.length) {
      starts = Arrays.copyOf(starts, count * 2);
      lengths = Arrays.copyOf(lengths, count * 2);
    }
    starts[count] = start;
    lengths[count++] = length;
  }

  void clear() {
    count = 0;
  }

  private void leaveOutShorter() {
    int kept = 0;
    for (int i = 0; i < count; i++) {
      if (lengths[i] >= shortest) {
        starts[kept] = starts[i];
        lengths[kept++] = lengths[i];
      }
    }
    count = kept;
  }

  /**
   * Sorts them and joins neighbours.
   *
   * @return whether none of them overlap
   */
  boolean sort() {
    boolean sorted = true;
    for (int i = 1; i < count; i++) {
      sorted &= starts[i - 1] <= starts[i];
    }
    if (!sorted) {
      Integer[] order = new Integer[count];
      Arrays.setAll(order, i -> i);
      Arrays.sort(order, (a, b) -> Long.compare(starts[a], starts[b]));
      long[] oldStarts = Arrays.copyOf(starts, count);
      long[] oldLengths = Arrays.copyOf(lengths, count);
      for (int i = 0; i < count; i++) {
        starts[i] = oldStarts[order[i]];
        lengths[i] = oldLengths[order[i]];
      }
    }
    int kept = 0;
    for (int i = 0; i < count; i++) {
      long end = kept == 0 ? -1 : starts[kept - 1] + lengths[kept - 1];
      if (starts[i] < end) {
        return false;
      }
      if (starts[i] == end) {
        lengths[kept - 1] += lengths[i];
      } else {
        starts[kept] = starts[i];
        lengths[kept++] = lengths[i];
      }
    }
    count = kept;
    return true;
  }

  /** All bytes. */
  long total() {
    long total = 0;
    for (int i = 0; i < count; i++) {
      total += lengths[i];
    }
    return total;
  }

  /** The last range that begins at or before an offset, of sorted ones; -1: none. */
  int floor(long offset) {
    int found = Arrays.binarySearch(starts, 0, count, offset);
    return found >= 0 ? found : -found - 2;
  }
}
