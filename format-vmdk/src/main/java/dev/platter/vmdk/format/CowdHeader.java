package dev.platter.vmdk.format;

import static dev.platter.vmdk.format.Faults.corrupt;

import dev.platter.image.CorruptImageException;
import dev.platter.image.UnsupportedFeatureException;
import java.lang.foreign.MemorySegment;

/**
 * The header of an ESX server sparse extent ("COWDisk_Header"): four sectors, of which the first
 * fields matter for reading. All counts are sectors and fit into 32 bits.
 */
public record CowdHeader(
    long numSectors, long grainSizeSectors, long gdOffsetSectors, long numGdEntries) {
  public static final int LENGTH = 2048;

  /** "COWD". */
  public static final int MAGIC = 0x44574f43;

  /** Entries of a grain table. */
  public static final int GTES_PER_GT = 4096;

  private static final long MAX_GRAIN_SECTORS = 1 << 20;

  public static CowdHeader parse(MemorySegment head, String name)
      throws CorruptImageException, UnsupportedFeatureException {
    if (head.byteSize() < LENGTH || head.get(SparseHeader.INT, 0) != MAGIC) {
      throw corrupt(name, "there is no COWD extent header");
    }
    int version = head.get(SparseHeader.INT, 4);
    if (version != 1) {
      throw Faults.unsupported(
          name, "COWD version " + Integer.toUnsignedString(version) + ", known is 1");
    }
    CowdHeader header =
        new CowdHeader(
            Integer.toUnsignedLong(head.get(SparseHeader.INT, 12)),
            Integer.toUnsignedLong(head.get(SparseHeader.INT, 16)),
            Integer.toUnsignedLong(head.get(SparseHeader.INT, 20)),
            Integer.toUnsignedLong(head.get(SparseHeader.INT, 24)));
    long grain = header.grainSizeSectors;
    if (Long.bitCount(grain) != 1 || grain > MAX_GRAIN_SECTORS) {
      throw corrupt(name, "grain size " + grain + " sectors, expected a power of two");
    }
    return header;
  }

  public int grainSize() {
    return (int) grainSizeSectors * SparseHeader.SECTOR;
  }
}
