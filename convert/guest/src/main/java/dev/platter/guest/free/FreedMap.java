package dev.platter.guest.free;

import dev.platter.image.BlockMap;
import dev.platter.image.Extent;
import java.io.IOException;

/** A disk of which free parts are zeros, whatever lies there. */
record FreedMap(BlockMap disk, Ranges free) implements BlockMap {
  @Override
  public long size() {
    return disk.size();
  }

  @Override
  public int blockSize() {
    return disk.blockSize();
  }

  @Override
  public Extent extentAt(long offset, long limit) throws IOException {
    int floor = free.floor(offset);
    if (floor >= 0) {
      long end = free.start(floor) + free.length(floor);
      if (offset < end) {
        return new Extent.Zero(offset, Math.min(limit, end) - offset);
      }
    }
    boolean last = floor + 1 >= free.count();
    return disk.extentAt(offset, last ? limit : Math.min(limit, free.start(floor + 1)));
  }
}
