package dev.platter.vhd.blocks;

import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongUnaryOperator;

/**
 * Where in a file new blocks may go: gaps, those of blocks that were given up among them, and
 * everything behind the last block. One thread at a time.
 */
public final class FreeSpace {
  /** There is no such gap. */
  public static final long NOWHERE = -1;

  /** More gaps are not remembered: memory is bounded, and the next opening finds them again. */
  private static final int MOST_GAPS = 1 << 17;

  private final long shortest;
  private final LongUnaryOperator placeFrom;
  private final TreeMap<Long, Long> gaps = new TreeMap<>();
  private long end;

  /**
   * @param shortest what is ever asked for, bytes: shorter gaps are of no use
   * @param placeFrom the first place that a block may have from an offset on
   */
  public FreeSpace(long shortest, LongUnaryOperator placeFrom) {
    this.shortest = shortest;
    this.placeFrom = placeFrom;
  }

  /** Tells of what is in use, in ascending order, while the space is first looked through. */
  public void pass(long from, long to) {
    if (from > end) {
      keep(end, from);
    }
    end = Math.max(end, to);
  }

  /** Bytes that are in use no more. */
  public void free(long from, long to) {
    long first = from;
    long last = to;
    Map.Entry<Long, Long> before = gaps.floorEntry(first);
    if (before != null && before.getValue() == first) {
      first = before.getKey();
      gaps.remove(first);
    }
    Long after = gaps.remove(last);
    if (after != null) {
      last = after;
    }
    keep(first, last);
  }

  private void keep(long from, long to) {
    if (placeFrom.applyAsLong(from) + shortest <= to && gaps.size() < MOST_GAPS) {
      gaps.put(from, to);
    }
  }

  /** A place for so many bytes in a gap; {@link #NOWHERE} if none is large enough. */
  public long takeGap(long length) {
    for (Map.Entry<Long, Long> gap : gaps.entrySet()) {
      long from = gap.getKey();
      long to = gap.getValue();
      long place = placeFrom.applyAsLong(from);
      if (place + length <= to) {
        gaps.remove(from);
        keep(from, place);
        keep(place + length, to);
        return place;
      }
    }
    return NOWHERE;
  }

  /** The place that {@link #takeEnd} would give. */
  public long nextAtEnd() {
    return placeFrom.applyAsLong(end);
  }

  /** A place for so many bytes behind everything. */
  public long takeEnd(long length) {
    long place = nextAtEnd();
    end = place + length;
    return place;
  }

  /** Where everything in use ends. */
  public long end() {
    Map.Entry<Long, Long> last = gaps.lastEntry();
    return last != null && last.getValue() == end ? last.getKey() : end;
  }
}
