package dev.platter.convert;

import dev.platter.image.Extent;
import java.util.List;

/**
 * A stretch of the source that one worker deals with.
 *
 * @param index its number in guest order, from 0 without gaps
 * @param extents what the source says of it, in order without gaps
 */
record Segment(long index, long offset, long length, List<Extent> extents) {
  long end() {
    return offset + length;
  }
}
