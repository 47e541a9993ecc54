package dev.platter.qcow2.format;

/**
 * The bits of L1, L2, refcount and bitmap table entries ("Cluster mapping", "Host cluster
 * management").
 */
public final class Entries {
  /** In L1 and L2 entries: the refcount of what is pointed to is exactly one. */
  public static final long COPIED = 1L << 63;

  /** In L2 entries: the cluster is compressed. */
  public static final long COMPRESSED = 1L << 62;

  /** In standard L2 entries of version 3: reads as zeros. */
  public static final long ZERO = 1L;

  /** Bits 9-55: the host offset in L1 entries, standard L2 entries and bitmap table entries. */
  public static final long OFFSET_MASK = 0x00ff_ffff_ffff_fe00L;

  /** Bits that must be zero in an L1 entry. */
  public static final long L1_RESERVED_MASK = 0x7f00_0000_0000_01ffL;

  /** Bits that must be zero in a standard L2 entry, {@link #ZERO} aside. */
  public static final long L2_RESERVED_MASK = 0x3f00_0000_0000_01feL;

  /** Bits 9-63: the host offset in refcount table entries. */
  public static final long REFBLOCK_OFFSET_MASK = ~0x1ffL;

  /** Bits that must be zero in a refcount table entry. */
  public static final long REFTABLE_RESERVED_MASK = 0x1ffL;

  /** In bitmap table entries without an offset: the cluster is all ones. */
  public static final long BITMAP_ALL_ONES = 1L;

  /** Bits that must be zero in a bitmap table entry. */
  public static final long BITMAP_TABLE_RESERVED_MASK = 0xff00_0000_0000_01feL;

  /** Subclusters of a cluster with extended L2 entries. */
  public static final int SUBCLUSTERS = 32;

  /** The unit in which a compressed cluster's length is told. */
  public static final int SECTOR = 512;

  /**
   * The host offset is in the bits below this one of a compressed cluster's descriptor, the sector
   * count above.
   */
  public static int compressedOffsetBits(int clusterBits) {
    return 62 - (clusterBits - 8);
  }

  /** Where a compressed cluster begins on the host; rarely aligned. */
  public static long compressedOffset(long entry, int clusterBits) {
    return entry & ((1L << compressedOffsetBits(clusterBits)) - 1);
  }

  /**
   * The bytes from a compressed cluster's begin to the end of its last sector: the stream ends
   * somewhere before that.
   */
  public static int compressedLength(long entry, int clusterBits) {
    int bits = compressedOffsetBits(clusterBits);
    long sectors = ((entry & ~COMPRESSED & ~COPIED) >>> bits) + 1;
    return (int) (sectors * SECTOR - (compressedOffset(entry, clusterBits) & (SECTOR - 1)));
  }

  /** The descriptor of a compressed cluster. */
  public static long compressedEntry(long hostOffset, int length, int clusterBits) {
    long extraSectors = (hostOffset + length - 1) / SECTOR - hostOffset / SECTOR;
    return COMPRESSED | hostOffset | extraSectors << compressedOffsetBits(clusterBits);
  }

  /**
   * Whether a standard entry names a host cluster. Only a data file has guest bytes at offset 0,
   * and there the flag of the refcount tells them from nothing; zeros never need such a place.
   */
  public static boolean hasHost(Qcow2Header header, long entry) {
    boolean zero = !header.extendedL2() && (entry & ZERO) != 0;
    return (entry & OFFSET_MASK) != 0 || header.hasDataFile() && (entry & COPIED) != 0 && !zero;
  }

  private Entries() {}
}
