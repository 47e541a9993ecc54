package dev.platter.vmdk.read;

import dev.platter.image.BlockMap;
import dev.platter.image.Extent;
import java.io.IOException;
import java.util.List;

/** The extents of a disk, one after the other. */
final class VmdkMap implements BlockMap {
  private final List<ExtentSource> extents;
  private final long[] starts;
  private final long size;

  /**
   * @param extents in guest order, without gaps, none of them empty
   * @param size where the last one ends
   */
  VmdkMap(List<ExtentSource> extents, long size) {
    this.extents = List.copyOf(extents);
    this.starts = extents.stream().mapToLong(ExtentSource::start).toArray();
    this.size = size;
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public int blockSize() {
    return extents.isEmpty() ? 1 : extents.getFirst().blockSize();
  }

  @Override
  public Extent extentAt(long offset, long limit) throws IOException {
    int low = 0;
    int high = starts.length - 1;
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      if (starts[middle] <= offset) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    ExtentMap map = extents.get(low).map();
    return map.extentAt(offset, Math.min(limit, map.end));
  }
}
