package dev.platter.qcow1;

import dev.platter.codec.Encoding;
import dev.platter.image.BlockMap;
import dev.platter.image.Extent;
import dev.platter.image.ImageException;
import dev.platter.image.support.TwoLevelTable;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.nio.ByteOrder;

/** Where the clusters of an image are, encrypted or not. */
final class Qcow1Map implements BlockMap {
  private static final int SECTOR = 512;

  private final Qcow1Header header;
  private final Storage storage;
  private final TwoLevelTable table;
  private final int clusterSize;

  Qcow1Map(Qcow1Header header, Storage storage) {
    this.header = header;
    this.storage = storage;
    this.clusterSize = header.clusterSize();
    this.table =
        new TwoLevelTable(
            storage,
            header.fileSize(),
            ByteOrder.BIG_ENDIAN,
            header.l1Offset(),
            header.l2Entries(),
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
    long entry = table.entryAt(cluster);
    if (entry < 0) {
      return compressed(cluster, entry, offset, limit);
    }
    long endCluster = Math.ceilDiv(limit, clusterSize);
    if (entry == 0) {
      long end = table.endOfRun(cluster, 0, 0, endCluster);
      return new Extent.Absent(offset, Math.min(limit, end * clusterSize) - offset);
    }
    checkRange("cluster", cluster, entry, lengthOf(cluster));
    if (entry % SECTOR != 0) {
      throw Qcow1Header.corrupt(
          storage.name(),
          "cluster " + cluster + " is at 0x" + Long.toHexString(entry) + ", not at a sector");
    }
    long inFile = (header.fileSize() - entry) / clusterSize;
    long most = Math.max(cluster + 1, Math.min(endCluster, cluster + inFile));
    long end = Math.min(limit, table.endOfRun(cluster, entry, clusterSize, most) * clusterSize);
    long host = entry + offset % clusterSize;
    return new Extent.Data(offset, end - offset, storage, host);
  }

  /** How many bytes of a cluster lie within the disk. */
  private long lengthOf(long cluster) {
    return Math.min(clusterSize, header.size() - cluster * clusterSize);
  }

  private Extent compressed(long cluster, long entry, long offset, long limit)
      throws ImageException {
    int lengthAt = Long.SIZE - 1 - header.clusterBits();
    int length = (int) (entry >>> lengthAt) & clusterSize - 1;
    long host = entry & (1L << lengthAt) - 1;
    checkRange("compressed cluster", cluster, host, length);
    long end = Math.min(limit, (cluster + 1) * clusterSize);
    return new Extent.Encoded(
        offset,
        end - offset,
        Encoding.DEFLATE,
        storage,
        host,
        length,
        clusterSize,
        (int) (offset % clusterSize));
  }

  private void checkRange(String what, long cluster, long host, long length) throws ImageException {
    if (host < Qcow1Header.LENGTH || length < 1 || host > header.fileSize() - length) {
      throw Qcow1Header.corrupt(
          storage.name(),
          what
              + " "
              + cluster
              + " has "
              + length
              + " bytes at 0x"
              + Long.toHexString(host)
              + ", outside the file of "
              + header.fileSize()
              + " bytes");
    }
  }

  private void checkL2Table(long entryAt, long l2Offset) throws ImageException {
    long length = (long) header.l2Entries() * Long.BYTES;
    if (l2Offset < Qcow1Header.LENGTH || l2Offset > header.fileSize() - length) {
      throw Qcow1Header.corrupt(
          storage.name(),
          "the L1 entry at 0x"
              + Long.toHexString(entryAt)
              + " has an L2 table at 0x"
              + Long.toHexString(l2Offset)
              + ", outside the file of "
              + header.fileSize()
              + " bytes");
    }
  }
}
