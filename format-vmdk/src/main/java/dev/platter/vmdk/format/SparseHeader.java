package dev.platter.vmdk.format;

import static dev.platter.vmdk.format.Faults.corrupt;

import dev.platter.image.CorruptImageException;
import dev.platter.image.UnsupportedFeatureException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * The header of a hosted sparse extent ("SparseExtentHeader"), one sector, at byte 0 and, in
 * stream-optimized files, again in the footer. Offsets and sizes are sectors, as on disk.
 *
 * @param capacitySectors the size of the extent's part of the guest disk
 * @param gdOffsetSectors where the grain directory is, or {@link #GD_AT_END}
 * @param overHeadSectors where the grains begin
 */
public record SparseHeader(
    int version,
    int flags,
    long capacitySectors,
    long grainSizeSectors,
    long descriptorOffsetSectors,
    long descriptorSizeSectors,
    int numGtesPerGt,
    long rgdOffsetSectors,
    long gdOffsetSectors,
    long overHeadSectors,
    boolean uncleanShutdown,
    int compressAlgorithm) {
  public static final int LENGTH = 512;
  public static final int SECTOR = 512;

  /** "KDMV". */
  public static final int MAGIC = 0x564d444b;

  public static final int FLAG_NEWLINE_DETECTION = 1;
  public static final int FLAG_REDUNDANT_TABLE = 1 << 1;
  public static final int FLAG_ZEROED_GRAIN = 1 << 2;
  public static final int FLAG_COMPRESSED = 1 << 16;
  public static final int FLAG_MARKERS = 1 << 17;

  static final int COMPRESSION_NONE = 0;
  public static final int COMPRESSION_DEFLATE = 1;

  /** The grain directory is where the footer says. */
  public static final long GD_AT_END = -1;

  static final int MAX_VERSION = 3;

  /** The largest grain, sectors; VMware's are 128. */
  private static final long MAX_GRAIN_SECTORS = 1 << 20;

  /** The largest grain that is decompressed in one piece, sectors. */
  private static final long MAX_COMPRESSED_GRAIN_SECTORS = 1 << 15;

  private static final int MAX_GTES_PER_GT = 1 << 16;

  /** {@code singleEndLineChar}, {@code nonEndLineChar}, {@code doubleEndLineChar1} and 2. */
  private static final int NEWLINES = 0x0a0d200a;

  static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
  static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  public static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  public static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /**
   * Takes and judges the fields.
   *
   * @param sector {@link #LENGTH} bytes that begin with the magic
   * @param name how messages call the file
   */
  public static SparseHeader parse(MemorySegment sector, String name)
      throws CorruptImageException, UnsupportedFeatureException {
    if (sector.byteSize() < LENGTH || sector.get(INT, 0) != MAGIC) {
      throw corrupt(name, "there is no sparse extent header");
    }
    SparseHeader header =
        new SparseHeader(
            sector.get(INT, 4),
            sector.get(INT, 8),
            sector.get(LONG, 12),
            sector.get(LONG, 20),
            sector.get(LONG, 28),
            sector.get(LONG, 36),
            sector.get(INT, 44),
            sector.get(LONG, 48),
            sector.get(LONG, 56),
            sector.get(LONG, 64),
            sector.get(BYTE, 72) != 0,
            Short.toUnsignedInt(sector.get(SHORT, 77)));
    if ((header.flags & FLAG_NEWLINE_DETECTION) != 0 && sector.get(INT, 73) != NEWLINES) {
      throw corrupt(name, "its line ends were changed: it was copied as if it were a text");
    }
    header.judge(name);
    return header;
  }

  private void judge(String name) throws CorruptImageException, UnsupportedFeatureException {
    if (version < 1 || version > MAX_VERSION) {
      throw Faults.unsupported(
          name, "header version " + Integer.toUnsignedString(version) + ", known are 1 to 3");
    }
    if (compressAlgorithm > COMPRESSION_DEFLATE) {
      throw Faults.unsupported(name, "compression algorithm " + compressAlgorithm);
    }
    if (compressed() && compressAlgorithm != COMPRESSION_DEFLATE) {
      throw corrupt(name, "grains are compressed, but by no algorithm");
    }
    long maxGrain = compressed() ? MAX_COMPRESSED_GRAIN_SECTORS : MAX_GRAIN_SECTORS;
    if (Long.bitCount(grainSizeSectors) != 1 || grainSizeSectors < 1) {
      throw corrupt(name, "grain size " + grainSizeSectors + " sectors, expected a power of two");
    }
    if (grainSizeSectors > maxGrain) {
      throw corrupt(name, "grain size " + grainSizeSectors + " sectors, at most " + maxGrain);
    }
    if (numGtesPerGt < 1 || numGtesPerGt > MAX_GTES_PER_GT) {
      throw corrupt(
          name,
          Integer.toUnsignedString(numGtesPerGt)
              + " entries in a grain table, expected 1 to "
              + MAX_GTES_PER_GT);
    }
    if (capacitySectors < 0 || capacitySectors > Long.MAX_VALUE / SECTOR) {
      throw corrupt(name, "capacity of " + Long.toUnsignedString(capacitySectors) + " sectors");
    }
  }

  /** Writes the header, {@link #LENGTH} bytes. */
  public void writeTo(MemorySegment sector) {
    sector.asSlice(0, LENGTH).fill((byte) 0);
    sector.set(INT, 0, MAGIC);
    sector.set(INT, 4, version);
    sector.set(INT, 8, flags);
    sector.set(LONG, 12, capacitySectors);
    sector.set(LONG, 20, grainSizeSectors);
    sector.set(LONG, 28, descriptorOffsetSectors);
    sector.set(LONG, 36, descriptorSizeSectors);
    sector.set(INT, 44, numGtesPerGt);
    sector.set(LONG, 48, rgdOffsetSectors);
    sector.set(LONG, 56, gdOffsetSectors);
    sector.set(LONG, 64, overHeadSectors);
    sector.set(BYTE, 72, (byte) (uncleanShutdown ? 1 : 0));
    sector.set(INT, 73, NEWLINES);
    sector.set(SHORT, 77, (short) compressAlgorithm);
  }

  /** The same header with the grain directory elsewhere: what a footer holds. */
  public SparseHeader withGdOffset(long sectors) {
    return new SparseHeader(
        version,
        flags,
        capacitySectors,
        grainSizeSectors,
        descriptorOffsetSectors,
        descriptorSizeSectors,
        numGtesPerGt,
        rgdOffsetSectors,
        sectors,
        overHeadSectors,
        uncleanShutdown,
        compressAlgorithm);
  }

  /** Whether another copy of the header agrees in all that decides what the guest sees. */
  boolean describesSameDisk(SparseHeader other) {
    return version == other.version
        && flags == other.flags
        && capacitySectors == other.capacitySectors
        && grainSizeSectors == other.grainSizeSectors
        && descriptorOffsetSectors == other.descriptorOffsetSectors
        && descriptorSizeSectors == other.descriptorSizeSectors
        && numGtesPerGt == other.numGtesPerGt
        && compressAlgorithm == other.compressAlgorithm;
  }

  public boolean compressed() {
    return (flags & FLAG_COMPRESSED) != 0;
  }

  public boolean hasMarkers() {
    return (flags & FLAG_MARKERS) != 0;
  }

  public boolean zeroedGrain() {
    return (flags & FLAG_ZEROED_GRAIN) != 0;
  }

  public boolean redundantTable() {
    return (flags & FLAG_REDUNDANT_TABLE) != 0;
  }

  /** Bytes of one grain. */
  public int grainSize() {
    return (int) grainSizeSectors * SECTOR;
  }
}
