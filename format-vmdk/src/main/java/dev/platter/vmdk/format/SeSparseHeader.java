package dev.platter.vmdk.format;

import static dev.platter.vmdk.format.Faults.corrupt;

import dev.platter.image.CorruptImageException;
import dev.platter.image.UnsupportedFeatureException;
import java.lang.foreign.MemorySegment;

/**
 * The constant and the volatile header of an seSparse extent (vSphere's space-efficient sparse
 * disks), one sector each. VMware has not published the format; known is one version, with grains
 * of 4 KiB and grain tables of 32 KiB. Counts are sectors.
 *
 * @param replayJournal whether the last writes are still in the journal
 */
public record SeSparseHeader(
    long capacitySectors,
    long grainDirOffsetSectors,
    long grainDirSizeSectors,
    long grainTablesOffsetSectors,
    long grainTablesSizeSectors,
    long grainsOffsetSectors,
    boolean replayJournal) {
  public static final long MAGIC = 0xcafe_babeL;
  public static final long VOLATILE_MAGIC = 0xcafe_cafeL;

  /** The bytes that {@link #parse} wants: both headers. */
  static final int LENGTH = 2 * SparseHeader.SECTOR;

  public static final int GRAIN_SIZE = 4096;
  public static final int TABLE_BYTES = 64 * SparseHeader.SECTOR;

  private static final long VERSION = 0x0000_0002_0000_0001L;

  public static SeSparseHeader parse(MemorySegment head, String name)
      throws CorruptImageException, UnsupportedFeatureException {
    if (head.byteSize() < LENGTH || head.get(SparseHeader.LONG, 0) != MAGIC) {
      throw corrupt(name, "there is no seSparse extent header");
    }
    known(name, "version", head.get(SparseHeader.LONG, 8), VERSION);
    known(name, "grain size", head.get(SparseHeader.LONG, 24), GRAIN_SIZE / SparseHeader.SECTOR);
    known(
        name,
        "grain table size",
        head.get(SparseHeader.LONG, 32),
        TABLE_BYTES / SparseHeader.SECTOR);
    known(name, "flags", head.get(SparseHeader.LONG, 40), 0);
    known(name, "volatile header offset", head.get(SparseHeader.LONG, 80), 1);
    MemorySegment changing = head.asSlice(SparseHeader.SECTOR);
    if (changing.get(SparseHeader.LONG, 0) != VOLATILE_MAGIC) {
      throw corrupt(name, "there is no volatile seSparse header in sector 1");
    }
    SeSparseHeader header =
        new SeSparseHeader(
            head.get(SparseHeader.LONG, 16),
            head.get(SparseHeader.LONG, 128),
            head.get(SparseHeader.LONG, 136),
            head.get(SparseHeader.LONG, 144),
            head.get(SparseHeader.LONG, 152),
            head.get(SparseHeader.LONG, 192),
            changing.get(SparseHeader.LONG, 24) != 0);
    if (header.replayJournal) {
      throw Faults.unsupported(name, "the seSparse journal holds writes that are not yet in place");
    }
    if (header.capacitySectors < 0
        || header.capacitySectors > Long.MAX_VALUE / SparseHeader.SECTOR) {
      throw corrupt(
          name, "capacity of " + Long.toUnsignedString(header.capacitySectors) + " sectors");
    }
    return header;
  }

  private static void known(String name, String what, long value, long expected)
      throws UnsupportedFeatureException {
    if (value != expected) {
      throw Faults.unsupported(
          name,
          "seSparse " + what + " " + Faults.hex(value) + ", known is " + Faults.hex(expected));
    }
  }
}
