package dev.platter.testdata;

import dev.platter.image.BlockMap;
import dev.platter.image.Extent;

/**
 * A disk of zeros.
 *
 * @param size bytes
 */
public record ZeroDisk(long size) implements BlockMap {
  @Override
  public int blockSize() {
    return 1;
  }

  @Override
  public Extent extentAt(long offset, long limit) {
    return new Extent.Zero(offset, limit - offset);
  }
}
