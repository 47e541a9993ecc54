package dev.platter.vmdk.format;

import dev.platter.image.IllegalOptionException;
import dev.platter.image.Sizes;

/**
 * Where everything is in a hosted sparse extent whose tables stand before its grains: header,
 * descriptor, redundant directory and tables, directory and tables, grains. All in sectors.
 */
public record SparseLayout(
    long capacity,
    long grain,
    long descriptorOffset,
    long descriptorSize,
    long tables,
    long redundantDirectory,
    long directory,
    long firstGrain) {
  public static final int GTES_PER_GT = 512;
  public static final int TABLE_BYTES = GTES_PER_GT * Integer.BYTES;
  public static final int TABLE_SECTORS = TABLE_BYTES / SparseHeader.SECTOR;

  /** What 32-bit sector numbers can say. */
  public static final long MAX_SECTORS = 1L << 32;

  /**
   * @param capacity of the extent
   * @param grain of one grain
   * @param descriptorSize room for the descriptor; 0: it is elsewhere
   */
  public static SparseLayout of(long capacity, long grain, long descriptorSize)
      throws IllegalOptionException {
    long tables = Sizes.ceilDiv(Sizes.ceilDiv(capacity, grain), GTES_PER_GT);
    long directorySize = Sizes.ceilDiv(tables * Integer.BYTES, SparseHeader.SECTOR);
    long redundant = 1 + descriptorSize;
    long directory = redundant + directorySize + tables * TABLE_SECTORS;
    long first = Sizes.roundUp(directory + directorySize + tables * TABLE_SECTORS, grain);
    if (first >= MAX_SECTORS) {
      throw new IllegalOptionException(
          "The disk is too large for grains of " + grain * SparseHeader.SECTOR + " bytes");
    }
    return new SparseLayout(
        capacity,
        grain,
        descriptorSize == 0 ? 0 : 1,
        descriptorSize,
        tables,
        redundant,
        directory,
        first);
  }

  /** The first table of the directory that begins at the given sector. */
  public long firstTableOf(long directorySector) {
    return directorySector + Sizes.ceilDiv(tables * Integer.BYTES, SparseHeader.SECTOR);
  }

  public SparseHeader header(boolean zeroedGrain) {
    int flags = SparseHeader.FLAG_NEWLINE_DETECTION | SparseHeader.FLAG_REDUNDANT_TABLE;
    return new SparseHeader(
        zeroedGrain ? 2 : 1,
        zeroedGrain ? flags | SparseHeader.FLAG_ZEROED_GRAIN : flags,
        capacity,
        grain,
        descriptorOffset,
        descriptorSize,
        GTES_PER_GT,
        redundantDirectory,
        directory,
        firstGrain,
        false,
        SparseHeader.COMPRESSION_NONE);
  }
}
