package dev.platter.qcow2.write;

import dev.platter.image.spi.Placement;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * Hands out the clusters of a new image file by moving its end, and counts them. The file begins as
 * QEMU's do: the header, the refcount table, and the first refcount block; each other block lies
 * behind the first clusters that it counts. Nothing is ever given back, so a block is complete once
 * the end has passed what it covers, and goes to the file at once.
 */
final class HostSpace {
  private static final long NOWHERE = -1;

  /** The cluster of the refcount table, as long as one is enough for it. */
  private static final long TABLE = 1;

  private final Geometry geometry;
  private final WritableStorage storage;
  private final RefcountBlocks refcounts;
  private final PointerTable refcountTable = new PointerTable();

  /** The first block, which counts the refcount table, once it is complete but for that. */
  private MemorySegment firstBlock;

  private long tableOffset;
  private long tableClusters = 1;

  /** The end of the file so far, clusters. */
  private long end;

  /**
   * Where the next compressed cluster may begin, bytes: inside a cluster that holds compressed
   * ones.
   */
  private long packAt = NOWHERE;

  HostSpace(Geometry geometry, WritableStorage storage) throws IOException {
    this.geometry = geometry;
    this.storage = storage;
    this.refcounts = new RefcountBlocks(geometry);
    this.tableOffset = TABLE << geometry.clusterBits();
    allocate(TABLE + 1);
  }

  WritableStorage storage() {
    return storage;
  }

  /**
   * Takes clusters that lie one after the other, and places behind them for refcount blocks if they
   * are the first that those count.
   *
   * @return where the first begins, bytes
   */
  long allocate(long clusters) throws IOException {
    long first = end;
    take(clusters);
    long last = end - 1;
    for (long block = first / covered(); block <= last / covered(); block++) {
      if (clusters > 0 && refcountTable.get(block) == 0) {
        placeBlock(block);
      }
    }
    return first << geometry.clusterBits();
  }

  /** A block that lies where no block counts yet has the one that does behind it. */
  private void placeBlock(long block) throws IOException {
    long place = take(1);
    refcountTable.set(block, place);
    long counting = (place >> geometry.clusterBits()) / covered();
    if (refcountTable.get(counting) == 0) {
      placeBlock(counting);
    }
  }

  private long take(long clusters) throws IOException {
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

  private long covered() {
    return geometry.refblockEntries();
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
    if (packAt != NOWHERE
        && (packAt >> geometry.clusterBits()) / covered() < (end - 1) / covered()) {
      // What is left of that cluster would keep its refcount block, and all that follow, in memory.
      packAt = NOWHERE;
    }
    long settled = packAt == NOWHERE ? end : packAt >> geometry.clusterBits();
    while (settled >= (refcounts.first() + 1) * covered()) {
      long index = refcounts.first();
      MemorySegment block = refcounts.close();
      if (index == 0) {
        firstBlock = block;
      } else {
        sink.add(new Placement.Write(storage, refcountTable.get(index), block));
      }
    }
  }

  /** Nothing is packed: blocks of which all clusters are taken need no memory of their own. */
  void settle() {
    refcounts.shareFull();
  }

  /**
   * Lays out all refcount blocks, and behind them the refcount table, in advance, as QEMU does it
   * before it sets space aside.
   *
   * @param following how many clusters will be taken after this
   * @return the cluster that the table leaves, which is to be used for something else, bytes
   */
  long layOutRefcounts(long following) throws IOException {
    Needs needs = needs(1, following);
    for (long block = 0; block < needs.blocks; block++) {
      if (refcountTable.get(block) == 0) {
        refcountTable.set(block, take(1));
      }
    }
    long left = tableOffset;
    tableOffset = take(needs.table);
    tableClusters = needs.table;
    return left;
  }

  /** Says that a cluster of the first refcount block's is free. */
  void free(long hostOffset) {
    MemorySegment block = firstBlock == null ? refcounts.block(0) : firstBlock;
    refcounts.set(block, hostOffset >> geometry.clusterBits(), 0);
  }

  /** Ends the file: writes the refcounts. A table that has become too long moves to the end. */
  Refcounts finish() throws IOException {
    packAt = NOWHERE;
    if (tableClustersFor(blocks()) > tableClusters) {
      Needs needs = needs(tableClusters + 1, 0);
      free(tableOffset);
      tableOffset = allocate(needs.table);
      tableClusters = needs.table;
    }
    if (firstBlock != null) {
      storage.write(refcountTable.get(0), firstBlock);
    }
    for (int i = 0; i < refcounts.count(); i++) {
      storage.write(refcountTable.get(refcounts.first() + i), refcounts.block(i));
    }
    refcountTable.writeTo(storage, tableOffset, tableClusters * geometry.clusterSize());
    return new Refcounts(tableOffset, Math.toIntExact(tableClusters));
  }

  /**
   * The blocks and the table that are needed when a table of at least so many clusters, and so many
   * other clusters, follow: more clusters can need more blocks, and those are clusters too.
   */
  private Needs needs(long least, long following) {
    long blocks = blocks();
    long table = least;
    for (boolean grown = true; grown; ) {
      long total = end + (blocks - blocks()) + table + following;
      long allBlocks = Math.max(blocks, Math.ceilDiv(total, covered()));
      long wholeTable = Math.max(table, tableClustersFor(allBlocks));
      grown = allBlocks > blocks || wholeTable > table;
      blocks = allBlocks;
      table = wholeTable;
    }
    return new Needs(blocks, table);
  }

  /** How many blocks there are. */
  private long blocks() {
    return Math.ceilDiv(end, covered());
  }

  private long tableClustersFor(long blocks) {
    return Math.ceilDiv(blocks * Long.BYTES, geometry.clusterSize());
  }

  private record Needs(long blocks, long table) {}

  /** Where the refcount table is. */
  record Refcounts(long tableOffset, int tableClusters) {}
}
