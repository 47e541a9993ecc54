package dev.platter.convert;

import dev.platter.image.Extent;
import dev.platter.image.spi.ImageWriter;

/**
 * How long a segment may be in which there is nothing to read: as long as the writer takes zeros,
 * or what is absent, in one chunk.
 *
 * @param zeros the longest run of zeros, bytes
 * @param absent the longest run of what the source's top layer does not have
 */
record QuietRuns(long zeros, long absent) {
  static QuietRuns of(ImageWriter writer, ConvertOptions options) {
    if (options.sparseBytes() == 0) {
      return new QuietRuns(0, 0); // zeros are written as data is
    }
    long zeros = writer.longestZeros();
    return new QuietRuns(zeros, options.keepBacking() ? writer.longestAbsent() : zeros);
  }

  /** The longest segment that may begin with this extent and hold no more; 0 for data. */
  long longest(Extent extent) {
    if (extent instanceof Extent.Zero) {
      return zeros;
    }
    return extent instanceof Extent.Absent ? absent : 0;
  }
}
