package dev.platter.convert;

import dev.platter.image.BlockMap;
import dev.platter.image.Extent;

/**
 * A disk of which nothing is written: what a new and empty image is made from.
 *
 * @param size bytes
 */
public record EmptyDisk(long size) implements BlockMap {
  @Override
  public int blockSize() {
    return 1;
  }

  @Override
  public Extent extentAt(long offset, long limit) {
    return new Extent.Absent(offset, limit - offset);
  }
}
