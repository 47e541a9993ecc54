package dev.platter.parallels;

import dev.platter.image.BlockMap;
import dev.platter.image.Extent;
import java.io.IOException;

/**
 * Where the clusters of one image are. A cluster that is not in the file is absent: zeros, unless a
 * bundle has an image below this one.
 */
final class ParallelsMap implements BlockMap {
  private final ParallelsHead head;
  private final BatTable table;
  private final long clusterSize;

  ParallelsMap(ParallelsHead head) {
    this(head, new BatTable(head));
  }

  ParallelsMap(ParallelsHead head, BatTable table) {
    this.head = head;
    this.table = table;
    this.clusterSize = head.clusterSize();
  }

  @Override
  public long size() {
    return head.size();
  }

  @Override
  public int blockSize() {
    return (int) clusterSize;
  }

  @Override
  public Extent extentAt(long offset, long limit) throws IOException {
    if (offset < 0 || offset >= limit || limit > head.size()) {
      throw new IllegalArgumentException(
          head.name() + ": no extent at " + offset + ", limit " + limit + ", size " + head.size());
    }
    long cluster = offset / clusterSize;
    long endCluster = Math.ceilDiv(limit, clusterSize);
    int entry = table.entryAt(cluster);
    if (entry == BatTable.FREE) {
      long end = table.endOfFree(cluster, endCluster);
      return new Extent.Absent(offset, Math.min(limit, end * clusterSize) - offset);
    }
    if (!holds(cluster, entry)) {
      throw head.corruptCluster(cluster, entry);
    }
    long end = table.endOfConsecutive(cluster, entry, endCluster);
    // Should the file end within the run, the cluster that it ends in is told when it is asked for.
    while (end > cluster + 1 && !holds(cluster, entry, end - 1)) {
      end--;
    }
    return new Extent.Data(
        offset,
        Math.min(limit, end * clusterSize) - offset,
        head.storage(),
        head.hostOffset(entry) + offset % clusterSize);
  }

  private boolean holds(long cluster, int entry) {
    return holds(cluster, entry, cluster);
  }

  /**
   * Whether the file holds what the disk has of {@code other}, in a run from {@code cluster} on.
   */
  private boolean holds(long cluster, int entry, long other) {
    long host = head.hostOffset(entry) + (other - cluster) * clusterSize;
    return head.holds(host, head.lengthOf(other));
  }
}
