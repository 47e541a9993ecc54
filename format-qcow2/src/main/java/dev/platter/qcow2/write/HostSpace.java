package dev.platter.qcow2.write;

import dev.platter.image.spi.Placement;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * Hands out the clusters of a new image file by moving its end, and counts them. Nothing is ever
 * given back, so a refcount block is complete once the end has passed what it covers, and goes to
 * the file at once.
 */
final class HostSpace {
  private static final long NOWHERE = -1;

  private final Geometry geometry;
  private final WritableStorage storage;
  private final RefcountBlocks refcounts;
  private final PointerTable refcountTable = new PointerTable();

  /** The end of the file so far, clusters. */
  private long end;

  /**
   * Where the next compressed cluster may begin, bytes: inside a cluster that holds compressed
   * ones.
   */
  private long packAt = NOWHERE;

  HostSpace(Geometry geometry, WritableStorage storage) {
    this.geometry = geometry;
    this.storage = storage;
    this.refcounts = new RefcountBlocks(geometry);
  }

  WritableStorage storage() {
    return storage;
  }

  /**
   * Takes clusters that lie one after the other.
   *
   * @return where the first begins, bytes
   */
  long allocate(long clusters) throws IOException {
    if (clusters > geometry.maxHostClusters() - end) {
      throw new IOException(
          "qcow2 "
              + storage.name()
              + ": File too large: "
              + (end + clusters)
              + " clusters, its tables can count "
              + geometry.maxHostClusters());
    }
    long first = end;
    refcounts.use(first, clusters);
    end += clusters;
    return first << geometry.clusterBits();
  }

  /**
   * Takes bytes for a compressed cluster, right behind the one before where that is possible:
   * packed byte by byte, as long as the refcount of the cluster they share can count them.
   *
   * @param length less than a cluster
   */
  long pack(int length) throws IOException {
    long at = NOWHERE;
    if (packAt != NOWHERE) {
      long cluster = packAt >> geometry.clusterBits();
      boolean fits = packAt + length <= (cluster + 1) << geometry.clusterBits();
      if ((fits || cluster + 1 == end) && refcounts.increment(cluster)) {
        at = packAt;
        if (!fits) {
          allocate(1);
        }
      }
    }
    if (at == NOWHERE) {
      at = allocate(1);
    }
    packAt = at + length;
    if (packAt > geometry.maxCompressedEnd()) {
      throw new IOException(
          "qcow2 "
              + storage.name()
              + ": File too large: a compressed cluster at 0x"
              + Long.toHexString(at)
              + ", its entry can say less than 0x"
              + Long.toHexString(geometry.maxCompressedEnd()));
    }
    if ((packAt & (geometry.clusterSize() - 1)) == 0) {
      packAt = NOWHERE;
    }
    return at;
  }

  /** Hands out the refcount blocks that will not change any more. */
  void handOutComplete(PlacementSink sink) throws IOException {
    long covered = geometry.refblockEntries();
    if (packAt != NOWHERE && (packAt >> geometry.clusterBits()) / covered < (end - 1) / covered) {
      // What is left of that cluster would keep its refcount block, and all that follow, in memory.
      packAt = NOWHERE;
    }
    long settled = packAt == NOWHERE ? end : packAt >> geometry.clusterBits();
    while (settled >= (refcounts.first() + 1) * covered) {
      long index = refcounts.first();
      MemorySegment block = refcounts.close();
      long hostOffset = allocate(1);
      refcountTable.set(index, hostOffset);
      sink.add(new Placement.Write(storage, hostOffset, block));
    }
  }

  /**
   * Lays out what comes last: the remaining refcount blocks, the refcount table and the L1 table,
   * which count themselves. Writes the first two.
   */
  Tail finish(long l1Entries) throws IOException {
    packAt = NOWHERE;
    int clusterSize = geometry.clusterSize();
    long l1Clusters = Math.ceilDiv(l1Entries * Long.BYTES, clusterSize);
    long blocks = 0;
    long tableClusters = 0;
    // More clusters can need more blocks, and those are clusters too: grow until nothing more is
    // needed.
    for (boolean grown = true; grown; ) {
      long total = end + blocks + tableClusters + l1Clusters;
      long allBlocks = Math.ceilDiv(total, geometry.refblockEntries());
      long neededClusters = Math.ceilDiv(allBlocks * Long.BYTES, clusterSize);
      grown = allBlocks - refcounts.first() > blocks || neededClusters > tableClusters;
      blocks = allBlocks - refcounts.first();
      tableClusters = neededClusters;
    }
    long blocksOffset = allocate(blocks);
    long tableOffset = allocate(tableClusters);
    long l1Offset = allocate(l1Clusters);
    for (int i = 0; i < refcounts.count(); i++) {
      long hostOffset = blocksOffset + ((long) i << geometry.clusterBits());
      refcountTable.set(refcounts.first() + i, hostOffset);
      storage.write(hostOffset, refcounts.block(i));
    }
    refcountTable.writeTo(storage, tableOffset, tableClusters * clusterSize);
    return new Tail(tableOffset, Math.toIntExact(tableClusters), l1Offset);
  }

  /** Where the last tables are. */
  record Tail(long refcountTableOffset, int refcountTableClusters, long l1Offset) {}
}
