package dev.platter.vhd.blocks;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.LongUnaryOperator;

/**
 * Which blocks at the end of a file fit into gaps in front of them. No place is given twice and
 * none that was in use, so that all blocks can be copied before any table points to a copy.
 */
public final class GapFilling {
  private GapFilling() {}

  /**
   * A range of the file that is in use.
   *
   * @param block the number of the block that lies there, or {@link #FIXED}
   */
  public record Range(long from, long end, long block) {
    /** What {@link #block} is where something lies that must stay there. */
    public static final long FIXED = -1;
  }

  /**
   * A block that moves.
   *
   * @param from where it is now
   * @param to where it goes
   */
  public record Move(long block, long from, long to) {}

  /**
   * @param used all that is in use, in any order; none of it overlaps
   * @param placeFrom the first place for a block at or behind an offset
   */
  public static List<Move> plan(List<Range> used, LongUnaryOperator placeFrom) {
    List<Range> ranges = new ArrayList<>(used);
    ranges.sort(Comparator.comparingLong(Range::from));
    List<Move> moves = new ArrayList<>();
    int last = lastBlock(ranges, ranges.size());
    long free = 0;
    for (int i = 0; i <= last; i++) {
      long place = placeFrom.applyAsLong(free);
      while (i <= last && place + length(ranges.get(last)) <= ranges.get(i).from()) {
        Range block = ranges.get(last);
        moves.add(new Move(block.block(), block.from(), place));
        place = placeFrom.applyAsLong(place + length(block));
        last = lastBlock(ranges, last);
      }
      free = Math.max(free, ranges.get(i).end());
    }
    return moves;
  }

  private static int lastBlock(List<Range> ranges, int before) {
    int last = before - 1;
    while (last >= 0 && ranges.get(last).block() == Range.FIXED) {
      last--;
    }
    return last;
  }

  private static long length(Range range) {
    return range.end() - range.from();
  }
}
