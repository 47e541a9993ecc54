package dev.platter.vhd;

import dev.platter.image.BlockMap;
import dev.platter.image.Extent;
import dev.platter.storage.Run;
import dev.platter.storage.Storage;
import java.io.IOException;

/**
 * The map of a fixed disk: every guest byte where a raw disk has it, holes of the file as zeros.
 */
record FixedMap(Storage storage, long size) implements BlockMap {
  @Override
  public int blockSize() {
    return 1;
  }

  @Override
  public Extent extentAt(long offset, long limit) throws IOException {
    Run run = storage.runAt(offset, Math.min(limit, size));
    return run.hole()
        ? new Extent.Zero(offset, run.length(), offset)
        : new Extent.Data(offset, run.length(), storage, offset);
  }
}
