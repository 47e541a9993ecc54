package dev.platter.qcow2.write;

import dev.platter.image.IllegalOptionException;
import dev.platter.qcow2.format.Entries;

/**
 * The numbers of one image that follow from its size and options.
 *
 * @param size the size of the guest disk as the header tells it: whole sectors, bytes
 * @param clusterBits the cluster size as a power of two
 * @param refcountOrder the width of a refcount as a power of two of bits
 * @param extendedL2 whether L2 entries have 16 bytes, the second half for 32 subclusters
 */
record Geometry(long size, int clusterBits, int refcountOrder, boolean extendedL2) {
  /** QEMU opens no image beyond these. */
  private static final long MAX_L1_BYTES = 32L << 20;

  private static final long MAX_REFCOUNT_TABLE_BYTES = 8L << 20;

  /** Bits of a host offset that L1 and L2 entries can hold. */
  private static final int HOST_OFFSET_BITS = 56;

  /** The largest disk that can be asked for: rounding it up to clusters cannot wrap. */
  private static final long MAX_SIZE = 1L << 62;

  /**
   * The numbers for a disk of {@code size} bytes, rounded up to whole sectors.
   *
   * @throws IllegalOptionException if clusters of this size cannot map as much
   */
  static Geometry of(long size, Qcow2Options options) throws IllegalOptionException {
    if (size < 0 || size > MAX_SIZE) {
      throw tooLarge();
    }
    Geometry geometry =
        new Geometry(
            (size + Entries.SECTOR - 1) & -Entries.SECTOR,
            options.clusterBits(),
            options.refcountOrder(),
            options.extendedL2());
    if (geometry.l1Entries() > MAX_L1_BYTES / Long.BYTES) {
      throw tooLarge();
    }
    return geometry;
  }

  private static IllegalOptionException tooLarge() {
    return new IllegalOptionException(
        "The image size is too large for file format 'qcow2' (try using a larger cluster size)");
  }

  int clusterSize() {
    return 1 << clusterBits;
  }

  /** The guest clusters of the disk, the last one perhaps cut. */
  long clusters() {
    return Math.ceilDiv(size, clusterSize());
  }

  int l2EntrySize() {
    return extendedL2 ? 2 * Long.BYTES : Long.BYTES;
  }

  /** Entries of one L2 table, which is one cluster. */
  int l2Entries() {
    return clusterSize() / l2EntrySize();
  }

  long l1Entries() {
    return Math.ceilDiv(clusters(), l2Entries());
  }

  /** Units of a cluster that can be data, zero or absent of their own. */
  int subclusters() {
    return extendedL2 ? Entries.SUBCLUSTERS : 1;
  }

  int subclusterSize() {
    return clusterSize() / subclusters();
  }

  /** Refcounts in one refcount block, which is one cluster. */
  long refblockEntries() {
    return (8L << clusterBits) >> refcountOrder;
  }

  /** The largest refcount, as an unsigned number. */
  long maxRefcount() {
    return refcountOrder == 6 ? -1L : (1L << (1 << refcountOrder)) - 1;
  }

  /** Host clusters that tables can point to and count. */
  long maxHostClusters() {
    long counted = MAX_REFCOUNT_TABLE_BYTES / Long.BYTES * refblockEntries();
    return Math.min(1L << (HOST_OFFSET_BITS - clusterBits), counted);
  }

  /** The end of the host bytes that can hold compressed clusters. */
  long maxCompressedEnd() {
    return 1L << Math.min(HOST_OFFSET_BITS, Entries.compressedOffsetBits(clusterBits));
  }
}
