package dev.platter.parallels;

import dev.platter.image.BlockMap;
import dev.platter.image.Extent;
import dev.platter.storage.Run;
import dev.platter.storage.Storage;
import java.io.IOException;

/** A plain image of a bundle: a file whose bytes are the disk's. */
record PlainMap(Storage storage, long size) implements BlockMap {
  @Override
  public int blockSize() {
    return 1;
  }

  @Override
  public Extent extentAt(long offset, long limit) throws IOException {
    Run run = storage.runAt(offset, limit);
    return run.hole()
        ? new Extent.Zero(offset, run.length(), offset)
        : new Extent.Data(offset, run.length(), storage, offset);
  }
}
