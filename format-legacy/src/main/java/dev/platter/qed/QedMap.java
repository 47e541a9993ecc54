package dev.platter.qed;

import dev.platter.image.BlockMap;
import dev.platter.image.Extent;
import dev.platter.image.ImageException;
import dev.platter.image.support.TwoLevelTable;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.nio.ByteOrder;

/** Where the clusters of an image are. */
final class QedMap implements BlockMap {
  /** A cluster of zeros. */
  static final long ZERO = 1;

  private final QedHeader header;
  private final Storage storage;
  private final long fileSize;
  private final int clusterSize;
  private final TwoLevelTable table;

  QedMap(QedHeader header, Storage storage) throws IOException {
    this.header = header;
    this.storage = storage;
    this.fileSize = storage.size();
    this.clusterSize = header.clusterSize();
    this.table =
        new TwoLevelTable(
            storage,
            fileSize,
            ByteOrder.LITTLE_ENDIAN,
            header.l1Offset(),
            header.tableEntries(),
            this::checkL2Table);
  }

  @Override
  public long size() {
    return header.size();
  }

  @Override
  public int blockSize() {
    return clusterSize;
  }

  @Override
  public Extent extentAt(long offset, long limit) throws IOException {
    if (offset < 0 || offset >= limit || limit > header.size()) {
      throw new IllegalArgumentException(
          storage.name() + ": no extent at " + offset + ", limit " + limit);
    }
    long cluster = offset / clusterSize;
    long endCluster = Math.ceilDiv(limit, clusterSize);
    long entry = table.entryAt(cluster);
    if (entry == 0 || entry == ZERO) {
      long end = table.endOfRun(cluster, entry, 0, endCluster);
      long length = Math.min(limit, end * clusterSize) - offset;
      return entry == 0 ? new Extent.Absent(offset, length) : new Extent.Zero(offset, length);
    }
    if (!header.isPlaceOf(entry, lengthOf(cluster), fileSize)) {
      throw QedHeader.corrupt(
          storage.name(),
          "cluster "
              + cluster
              + " is at 0x"
              + Long.toHexString(entry)
              + " (entry at 0x"
              + Long.toHexString(table.placeOf(cluster))
              + "), which is not behind the header, at a cluster, and inside the file of "
              + fileSize
              + " bytes");
    }
    long most =
        Math.max(cluster + 1, Math.min(endCluster, cluster + (fileSize - entry) / clusterSize));
    long end = table.endOfRun(cluster, entry, clusterSize, most);
    return new Extent.Data(
        offset, Math.min(limit, end * clusterSize) - offset, storage, entry + offset % clusterSize);
  }

  /** How many bytes of a cluster lie within the disk. */
  private long lengthOf(long cluster) {
    return Math.min(clusterSize, header.size() - cluster * clusterSize);
  }

  private void checkL2Table(long entryAt, long l2Offset) throws ImageException {
    if (!header.isPlaceOf(l2Offset, header.tableBytes(), fileSize)) {
      throw QedHeader.corrupt(
          storage.name(),
          "the L1 entry at 0x"
              + Long.toHexString(entryAt)
              + " has an L2 table at 0x"
              + Long.toHexString(l2Offset)
              + ", which is not behind the header, at a cluster, and inside the file of "
              + fileSize
              + " bytes");
    }
  }
}
