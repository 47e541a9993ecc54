package dev.platter.raw;

import dev.platter.image.BlockMap;
import dev.platter.image.DiskImage;
import dev.platter.image.Extent;
import dev.platter.image.ImageInfo;
import dev.platter.image.Sizes;
import dev.platter.storage.Run;
import dev.platter.storage.Storage;
import java.io.IOException;

/** A raw disk: holes are zeros, everything else is where the guest says. */
final class RawImage implements DiskImage, BlockMap {
  private final Storage storage;
  private final long storedSize;
  private final long size;

  /**
   * The data found last, or null. Where there are few holes, looking for the next takes longer than
   * reading a few bytes; and what became a hole since reads as zeros all the same.
   */
  private volatile Run data;

  RawImage(Storage storage) throws IOException {
    this.storage = storage;
    this.storedSize = storage.size();
    this.size = Sizes.roundUp(storedSize, RawFormat.SECTOR_SIZE);
  }

  @Override
  public ImageInfo info() {
    return ImageInfo.of("raw", size);
  }

  @Override
  public BlockMap map() {
    return this;
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public int blockSize() {
    return 1;
  }

  @Override
  public Extent extentAt(long offset, long limit) throws IOException {
    if (offset >= storedSize) {
      return new Extent.Zero(offset, limit - offset);
    }
    Run run = data;
    if (run == null || offset < run.offset() || offset >= run.end()) {
      run = storage.runAt(offset, storedSize);
      data = run.hole() ? data : run;
    }
    long length = Math.min(limit, run.end()) - offset;
    return run.hole()
        ? new Extent.Zero(offset, length, offset)
        : new Extent.Data(offset, length, storage, offset);
  }

  @Override
  public void close() {}
}
