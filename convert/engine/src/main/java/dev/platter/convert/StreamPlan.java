package dev.platter.convert;

import dev.platter.image.Extent;
import dev.platter.image.Sizes;
import dev.platter.image.spi.SequentialImage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Cuts a disk that is read only once, in order, into segments: whoever claims one reads it, while
 * the others deal with what they have read. So decoding and all that follows go on side by side.
 */
final class StreamPlan implements Segments {
  private final SequentialImage image;
  private final int segmentBytes;
  private final int blockSize;
  private final QuietRuns quietRuns;
  private OptionalLong size;
  private long at;
  private long index;
  private Extent rest;

  /**
   * @param segmentBytes how much a segment holds, a multiple of {@code blockSize}
   * @param quietRuns how long a segment may be that holds no data
   */
  StreamPlan(SequentialImage image, int segmentBytes, int blockSize, QuietRuns quietRuns) {
    this.image = image;
    this.segmentBytes = segmentBytes;
    this.blockSize = blockSize;
    this.quietRuns = quietRuns;
    this.size = image.size();
  }

  @Override
  public boolean needsBuffer() {
    return true;
  }

  @Override
  public synchronized OptionalLong size() {
    return size;
  }

  @Override
  public synchronized Segment claim(MemorySegment buffer) throws IOException {
    long start = at;
    Extent first = take(buffer);
    if (first == null) {
      return null;
    }
    List<Extent> extents = new ArrayList<>(4);
    long longest = quietRuns.longest(first);
    if (longest > segmentBytes && first.length() > segmentBytes) {
      long last = start + Math.min(first.length(), longest);
      extents.add(cut(first, Sizes.roundDown(last, blockSize)));
    } else {
      long end = start + segmentBytes;
      extents.add(cut(first, end));
      while (at < end) {
        Extent next = take(buffer.asSlice(at - start));
        if (next == null) {
          break;
        }
        extents.add(cut(next, end));
      }
    }
    return new Segment(index++, start, at - start, List.copyOf(extents));
  }

  private Extent take(MemorySegment buffer) throws IOException {
    Extent extent = rest;
    rest = null;
    if (extent == null) {
      Optional<Extent> next = image.next(buffer);
      if (next.isEmpty()) {
        size = OptionalLong.of(at);
        return null;
      }
      extent = next.get();
    }
    at = extent.end();
    return extent;
  }

  /** Keeps what does not belong to the segment for the next; data never does, as it has no room. */
  private Extent cut(Extent extent, long end) {
    if (extent.end() <= end) {
      return extent;
    }
    rest = extent.slice(end, extent.end() - end);
    at = end;
    return extent.slice(extent.offset(), end - extent.offset());
  }
}
