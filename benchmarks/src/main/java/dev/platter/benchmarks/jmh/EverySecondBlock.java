package dev.platter.benchmarks.jmh;

import dev.platter.image.BlockMap;
import dev.platter.image.Extent;
import dev.platter.storage.MemoryStorage;
import dev.platter.storage.Storage;
import java.util.Arrays;

/** A disk whose every second block begins with some data; all else is zero. */
final class EverySecondBlock implements BlockMap {
  private static final int DATA = 4096;

  private final Storage data = MemoryStorage.of("data", filled());
  private final long size;
  private final int block;

  EverySecondBlock(int blocks, int block) {
    this.size = (long) blocks * block;
    this.block = block;
  }

  private static byte[] filled() {
    byte[] bytes = new byte[DATA];
    Arrays.fill(bytes, (byte) 1);
    return bytes;
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public int blockSize() {
    return block;
  }

  @Override
  public Extent extentAt(long offset, long limit) {
    long within = offset % (2L * block);
    if (within < DATA) {
      return new Extent.Data(offset, Math.min(DATA - within, limit - offset), data, within);
    }
    return new Extent.Zero(offset, Math.min(2L * block - within, limit - offset));
  }
}
