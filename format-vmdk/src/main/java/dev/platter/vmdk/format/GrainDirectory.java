package dev.platter.vmdk.format;

import dev.platter.image.Limits;
import dev.platter.image.Sizes;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * Where all grain tables of a hosted sparse extent are, for one who writes to it: each must be
 * there.
 *
 * @param sector where the directory itself is
 * @param tables where each table is, sectors, unsigned
 * @param perTable how many grains a table lists
 */
public record GrainDirectory(long sector, int[] tables, int perTable) {
  /**
   * @param sector where the directory is: the first one, or the redundant one
   */
  public static GrainDirectory read(
      Storage storage, SparseHeader header, long sector, Limits limits) throws IOException {
    String name = storage.name();
    long grains = Sizes.ceilDiv(header.capacitySectors(), header.grainSizeSectors());
    long count = Sizes.ceilDiv(grains, header.numGtesPerGt());
    long size = storage.size();
    long bytes = Math.multiplyExact(count, (long) Integer.BYTES);
    if (bytes > limits.maxTableBytes()) {
      throw Faults.corrupt(
          name, "the grain directory has " + bytes + " bytes, at most " + limits.maxTableBytes());
    }
    if (sector < 1
        || sector > Math.min(size / SparseHeader.SECTOR, SparseLayout.MAX_SECTORS)
        || sector * SparseHeader.SECTOR > size - bytes) {
      throw Faults.corrupt(
          name,
          "the grain directory at sector "
              + Long.toUnsignedString(sector)
              + " does not lie in the file ("
              + size
              + " bytes)");
    }
    int[] tables = new int[(int) count];
    GrainDirectory directory = new GrainDirectory(sector, tables, header.numGtesPerGt());
    MemorySegment.copy(read(storage, sector, bytes), SparseHeader.INT, 0, tables, 0, tables.length);
    for (int table = 0; table < tables.length; table++) {
      if (tables[table] == 0) {
        throw Faults.unsupported(
            name, "there is no grain table " + table + ": writing to such disks");
      }
      if (directory.offsetOf(table) > size - directory.tableBytes()) {
        throw Faults.corrupt(
            name,
            "grain table "
                + table
                + " is said to be at "
                + Faults.hex(directory.offsetOf(table))
                + ", which is not inside the file ("
                + Faults.hex(size)
                + ")");
      }
    }
    return directory;
  }

  private static MemorySegment read(Storage storage, long sector, long bytes) throws IOException {
    MemorySegment directory = MemorySegment.ofArray(new byte[Math.toIntExact(bytes)]);
    storage.readFully(sector * SparseHeader.SECTOR, directory);
    return directory;
  }

  /** Where a table begins, bytes. */
  public long offsetOf(int table) {
    return Integer.toUnsignedLong(tables[table]) * SparseHeader.SECTOR;
  }

  /** Where a grain's entry stands, counted in entries from the beginning of the file. */
  public long entryOf(long grain) {
    return offsetOf((int) (grain / perTable)) / Integer.BYTES + grain % perTable;
  }

  public int tableBytes() {
    return perTable * Integer.BYTES;
  }

  /** How many sectors a table takes. */
  public long tableSectors() {
    return Sizes.ceilDiv(tableBytes(), SparseHeader.SECTOR);
  }

  /** How many sectors the directory itself takes. */
  public long sectors() {
    return Sizes.ceilDiv((long) tables.length * Integer.BYTES, SparseHeader.SECTOR);
  }
}
