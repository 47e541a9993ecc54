package dev.platter.vmdk.format;

import dev.platter.image.Sizes;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * The tables of a stream-optimized file that stand before its grains: a directory, and behind it a
 * table for each of its entries, in order; each behind its marker, without which 7-Zip does not
 * read them. All in sectors.
 *
 * @param directory where the directory is
 * @param count how many tables there are
 * @param tableSectors what one of them takes
 */
public record FrontTables(long directory, long count, long tableSectors) {
  /**
   * As many as take 160 MiB, which all is written: enough for 2 TiB in grains of the usual size.
   */
  private static final long MAX_NEW = 1 << 16;

  /** How many tables are written at a time. */
  private static final int AT_ONCE = 400;

  /**
   * Those of a new file; empty: there would be too many of them.
   *
   * @param sector behind the descriptor
   */
  public static Optional<FrontTables> begin(long sector, long count) {
    return count > MAX_NEW
        ? Optional.empty()
        : Optional.of(new FrontTables(sector + 1, count, SparseLayout.TABLE_SECTORS));
  }

  /** Those of a file, if it has them right behind its descriptor and only once. */
  public static Optional<FrontTables> of(SparseHeader header) {
    long directory = header.descriptorOffsetSectors() + header.descriptorSizeSectors() + 1;
    if (header.gdOffsetSectors() != directory || header.redundantTable()) {
      return Optional.empty();
    }
    long grains = Sizes.ceilDiv(header.capacitySectors(), header.grainSizeSectors());
    FrontTables tables =
        new FrontTables(
            directory,
            Sizes.ceilDiv(grains, header.numGtesPerGt()),
            Sizes.ceilDiv((long) header.numGtesPerGt() * Integer.BYTES, SparseHeader.SECTOR));
    boolean fits =
        tables.count <= SparseLayout.MAX_SECTORS && tables.end() <= header.overHeadSectors();
    return fits ? Optional.of(tables) : Optional.empty();
  }

  /** Where a table is; its marker is in the sector before. */
  public long sectorOf(long table) {
    return directory + directorySectors() + table * (1 + tableSectors) + 1;
  }

  /** Behind the last table. */
  public long end() {
    return sectorOf(count) - 1;
  }

  private long directorySectors() {
    return Sizes.ceilDiv(count * Integer.BYTES, SparseHeader.SECTOR);
  }

  /** Writes the directory, and tables that list nothing yet. */
  public void writeBlank(WritableStorage storage) throws IOException {
    long sectors = 1 + directorySectors();
    MemorySegment bytes = MemorySegment.ofArray(new byte[bytes(sectors)]);
    Marker.metadata(Marker.GRAIN_DIRECTORY, directorySectors()).writeTo(bytes);
    for (long table = 0; table < count; table++) {
      bytes.set(
          SparseHeader.INT, SparseHeader.SECTOR + table * Integer.BYTES, (int) sectorOf(table));
    }
    storage.write((directory - 1) * SparseHeader.SECTOR, bytes);
    int each = bytes(1 + tableSectors);
    MemorySegment blank = MemorySegment.ofArray(new byte[AT_ONCE * each]);
    for (long i = 0; i < AT_ONCE; i++) {
      Marker.metadata(Marker.GRAIN_TABLE, tableSectors).writeTo(blank.asSlice(i * each));
    }
    for (long table = 0; table < count; table += AT_ONCE) {
      long length = Math.min(AT_ONCE, count - table) * each;
      storage.write((sectorOf(table) - 1) * SparseHeader.SECTOR, blank.asSlice(0, length));
    }
  }

  private static int bytes(long sectors) {
    return Math.toIntExact(sectors * SparseHeader.SECTOR);
  }
}
