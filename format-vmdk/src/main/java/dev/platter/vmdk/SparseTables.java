package dev.platter.vmdk;

import dev.platter.image.Limits;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Grain directory and grain tables with 32-bit sector numbers, as hosted sparse and COWD extents
 * have them. Where an extent keeps a second copy of them, it answers for what is damaged in the
 * first.
 */
final class SparseTables extends GrainTables {
  private static final int ENTRY = Integer.BYTES;

  private final long[] directories;
  private final boolean zeroedGrain;
  private final int minGrain;

  /**
   * @param directories where the directories are, the one to believe first
   * @param minGrain the fewest bytes that a stored grain has
   */
  private SparseTables(
      Storage storage,
      int grainSize,
      int grainsPerTable,
      long[] directories,
      boolean zeroedGrain,
      int minGrain)
      throws IOException {
    super(storage, grainSize, grainsPerTable);
    this.directories = directories;
    this.zeroedGrain = zeroedGrain;
    this.minGrain = minGrain;
  }

  static SparseTables hosted(Storage storage, SparseHeader header, Limits limits)
      throws IOException {
    long tables =
        tablesFor(header.capacitySectors(), header.grainSizeSectors(), header.numGtesPerGt());
    boolean redundant = header.redundantTable() && header.rgdOffsetSectors() != 0;
    long[] directories =
        redundant
            ? new long[] {header.gdOffsetSectors(), header.rgdOffsetSectors()}
            : new long[] {header.gdOffsetSectors()};
    return new SparseTables(
        storage,
        header.grainSize(),
        header.numGtesPerGt(),
        usable(storage, directories, tables, limits),
        header.zeroedGrain(),
        header.compressed() ? Marker.GRAIN_LENGTH : SparseHeader.SECTOR);
  }

  static SparseTables cowd(Storage storage, CowdHeader header, Limits limits) throws IOException {
    long tables = tablesFor(header.numSectors(), header.grainSizeSectors(), CowdHeader.GTES_PER_GT);
    if (header.numGdEntries() < tables) {
      throw Faults.corrupt(
          storage.name(),
          "the grain directory has "
              + header.numGdEntries()
              + " entries, "
              + tables
              + " are needed");
    }
    return new SparseTables(
        storage,
        header.grainSize(),
        CowdHeader.GTES_PER_GT,
        usable(storage, new long[] {header.gdOffsetSectors()}, tables, limits),
        false,
        SparseHeader.SECTOR);
  }

  private static long tablesFor(long capacity, long grainSize, int perTable) {
    return Math.ceilDiv(Math.ceilDiv(capacity, grainSize), perTable);
  }

  /** The directories, in bytes, that fit into the file. */
  private static long[] usable(Storage storage, long[] sectors, long tables, Limits limits)
      throws IOException {
    long bytes = Math.multiplyExact(tables, (long) ENTRY);
    if (bytes > limits.maxTableBytes()) {
      throw Faults.corrupt(
          storage.name(),
          "the grain directory has " + bytes + " bytes, at most " + limits.maxTableBytes());
    }
    long size = storage.size();
    long[] found = new long[sectors.length];
    int count = 0;
    for (long at : sectors) {
      if (at >= 1 && at <= size / SparseHeader.SECTOR && at * SparseHeader.SECTOR <= size - bytes) {
        found[count++] = at * SparseHeader.SECTOR;
      }
    }
    if (count == 0) {
      throw Faults.corrupt(
          storage.name(),
          "the grain directory at sector "
              + Long.toUnsignedString(sectors[0])
              + " with "
              + bytes
              + " bytes does not lie in the file ("
              + size
              + " bytes)");
    }
    return Arrays.copyOf(found, count);
  }

  @Override
  long grainAt(long grain) throws IOException {
    long number = grain / grainsPerTable();
    long slot = grain % grainsPerTable();
    IOException damage = null;
    for (long directory : directories) {
      long sector = wordAt(directory + number * ENTRY);
      if (sector == 0) {
        continue;
      }
      long table = insideFile(sector * SparseHeader.SECTOR, (long) grainsPerTable() * ENTRY);
      if (table == IMPOSSIBLE) {
        damage = keep(damage, impossible("grain table", number, sector * SparseHeader.SECTOR));
        continue;
      }
      long entry = wordAt(table + slot * ENTRY);
      if (entry == 0) {
        return UNALLOCATED;
      }
      if (entry == 1 && zeroedGrain) {
        return ZERO;
      }
      long host = entry * SparseHeader.SECTOR;
      if (entry > 1 && host <= fileSize - minGrain) {
        return host;
      }
      damage = keep(damage, impossible("grain", grain, host));
    }
    if (damage != null) {
      throw damage;
    }
    return UNALLOCATED;
  }

  private static IOException keep(IOException first, IOException next) {
    return first == null ? next : first;
  }

  @Override
  boolean isEmpty(long number) throws IOException {
    for (long directory : directories) {
      long sector = wordAt(directory + number * ENTRY);
      if (sector != 0) {
        long length = (long) grainsPerTable() * ENTRY;
        long table = insideFile(sector * SparseHeader.SECTOR, length);
        return table != IMPOSSIBLE && isBlank(table, length);
      }
    }
    return true;
  }

  private long wordAt(long offset) throws IOException {
    return Integer.toUnsignedLong(file.intAt(offset, ByteOrder.LITTLE_ENDIAN));
  }
}
