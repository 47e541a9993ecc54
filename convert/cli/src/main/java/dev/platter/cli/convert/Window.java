package dev.platter.cli.convert;

import dev.platter.image.BlockMap;
import dev.platter.image.Extent;
import dev.platter.image.Sizes;
import java.io.IOException;

/**
 * The part of a disk that {@code dd} copies.
 *
 * @param skip how many bytes in front are left out
 * @param end where the part ends at the latest
 * @param size the size of the new disk; {@link #AS_TAKEN}: of what is taken, in whole sectors
 */
record Window(long skip, long end, long size) {
  static final long AS_TAKEN = -1;

  private static final int SECTOR = 512;

  /** Whether a disk of that size ends before the part begins. */
  boolean isBehind(long diskSize) {
    return skip > Math.min(end, diskSize);
  }

  /** The part of that disk. */
  BlockMap of(BlockMap map) {
    long last = Math.min(end, map.size());
    long first = Math.min(skip, last);
    long whole = size == AS_TAKEN ? Sizes.roundUp(last - first, SECTOR) : size;
    return new Part(map, first, Math.min(last - first, whole), whole);
  }

  /** A stretch of a map, and nothing behind it. */
  private record Part(BlockMap map, long start, long taken, long size) implements BlockMap {
    @Override
    public int blockSize() {
      return 1; // the blocks of the map need not begin where blocks of the part would
    }

    @Override
    public Extent extentAt(long offset, long limit) throws IOException {
      if (offset >= taken) {
        return new Extent.Absent(offset, limit - offset);
      }
      Extent extent = map.extentAt(start + offset, start + Math.min(limit, taken));
      return extent.at(offset);
    }
  }
}
