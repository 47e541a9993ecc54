package dev.platter.convert;

import dev.platter.image.BlockMap;
import dev.platter.image.Extent;
import dev.platter.image.Sizes;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/**
 * Cuts a disk into segments, in guest order, on demand: the map is asked once for every extent, and
 * a long run without data is one segment however long it is. Segments begin at multiples of the
 * target's block.
 */
final class SegmentPlan implements Segments {
  private final BlockMap map;
  private final long size;
  private final int segmentBytes;
  private final int blockSize;
  private final QuietRuns quietRuns;
  private long at;
  private long index;
  private Extent rest;

  /**
   * @param segmentBytes how much data a segment holds, a multiple of {@code blockSize}
   * @param quietRuns how long a segment may be that holds no data
   */
  SegmentPlan(BlockMap map, int segmentBytes, int blockSize, QuietRuns quietRuns) {
    this.map = map;
    this.size = map.size();
    this.segmentBytes = segmentBytes;
    this.blockSize = blockSize;
    this.quietRuns = quietRuns;
  }

  @Override
  public boolean needsBuffer() {
    return false;
  }

  @Override
  public OptionalLong size() {
    return OptionalLong.of(size);
  }

  @Override
  public synchronized Segment claim(MemorySegment buffer) throws IOException {
    if (at == size) {
      return null;
    }
    long start = at;
    List<Extent> extents = new ArrayList<>(4);
    Extent first = take();
    long longest = quietRuns.longest(first);
    if (longest > segmentBytes && first.length() > segmentBytes) {
      long last = start + Math.min(first.length(), longest);
      long end = last == size ? size : Sizes.roundDown(last, blockSize);
      if (end < first.end()) {
        putBack(first.slice(end, first.end() - end));
        first = first.slice(start, end - start);
      }
      extents.add(first);
    } else {
      long end = Math.min(start + segmentBytes, size);
      extents.add(cut(first, end));
      while (at < end) {
        extents.add(cut(take(), end));
      }
    }
    return new Segment(index++, start, at - start, List.copyOf(extents));
  }

  /** Whether no byte needs to be read for this extent. */
  static boolean isQuiet(Extent extent) {
    return extent.readsZero();
  }

  private Extent take() throws IOException {
    Extent extent = rest;
    rest = null;
    if (extent == null) {
      // Asking far ahead lets the map answer once for what many segments will share.
      extent = map.extentAt(at, size);
    }
    at = extent.end();
    return extent;
  }

  private Extent cut(Extent extent, long end) {
    if (extent.end() <= end) {
      return extent;
    }
    putBack(extent.slice(end, extent.end() - end));
    return extent.slice(extent.offset(), end - extent.offset());
  }

  private void putBack(Extent extent) {
    rest = extent;
    at = extent.offset();
  }
}
