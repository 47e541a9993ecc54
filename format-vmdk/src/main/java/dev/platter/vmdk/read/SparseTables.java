package dev.platter.vmdk.read;

import dev.platter.image.CorruptImageException;
import dev.platter.image.Limits;
import dev.platter.storage.Storage;
import dev.platter.vmdk.format.CowdHeader;
import dev.platter.vmdk.format.Faults;
import dev.platter.vmdk.format.Marker;
import dev.platter.vmdk.format.SparseHeader;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Grain directory and grain tables with 32-bit sector numbers, as hosted sparse and COWD extents
 * have them. Where an extent keeps a second copy of them, it answers for what is damaged in the
 * first.
 */
public final class SparseTables extends GrainTables {
  private static final int ENTRY = Integer.BYTES;

  private final long[] directories;
  private final List<CorruptImageException> lost;
  private final boolean zeroedGrain;
  private final int minGrain;

  /**
   * @param minGrain the fewest bytes that a stored grain has
   */
  private SparseTables(
      Storage storage,
      int grainSize,
      int grainsPerTable,
      Directories directories,
      boolean zeroedGrain,
      int minGrain)
      throws IOException {
    super(storage, grainSize, grainsPerTable, ENTRY);
    this.directories = directories.offsets();
    this.lost = directories.lost();
    this.zeroedGrain = zeroedGrain;
    this.minGrain = minGrain;
  }

  public static SparseTables hosted(Storage storage, SparseHeader header, Limits limits)
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

  /**
   * The directories that lie in the file.
   *
   * @param offsets where, the one to believe first, bytes
   * @param lost what is wrong with the others
   */
  private record Directories(long[] offsets, List<CorruptImageException> lost) {}

  private static Directories usable(Storage storage, long[] sectors, long tables, Limits limits)
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
    List<CorruptImageException> lost = new ArrayList<>();
    for (long at : sectors) {
      if (at >= 1 && at <= size / SparseHeader.SECTOR && at * SparseHeader.SECTOR <= size - bytes) {
        found[count++] = at * SparseHeader.SECTOR;
      } else {
        lost.add(
            Faults.corrupt(
                storage.name(),
                "the grain directory at sector "
                    + Long.toUnsignedString(at)
                    + " with "
                    + bytes
                    + " bytes does not lie in the file ("
                    + size
                    + " bytes)"));
      }
    }
    if (count == 0) {
      throw lost.getFirst();
    }
    return new Directories(Arrays.copyOf(found, count), lost);
  }

  @Override
  boolean allInside(long number) throws IOException {
    long table = offsetOf(number);
    if (table == UNALLOCATED || table == IMPOSSIBLE) {
      return false;
    }
    byte[] bytes = new byte[grainsPerTable() * ENTRY];
    copy(table, MemorySegment.ofArray(bytes));
    int[] entries = new int[grainsPerTable()];
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asIntBuffer().get(entries);
    long last = (fileSize - Math.max(minGrain, grainSize())) / SparseHeader.SECTOR;
    for (int entry : entries) {
      if (entry == 1 || Integer.toUnsignedLong(entry) > last) {
        return false;
      }
    }
    return true;
  }

  @Override
  long grainAt(long grain) throws IOException {
    long number = grain / grainsPerTable();
    long slot = grain % grainsPerTable();
    IOException damage = null;
    for (long directory : directories) {
      long table = tableAt(directory, number);
      if (table == UNALLOCATED) {
        continue;
      }
      if (table == IMPOSSIBLE) {
        long sector = wordAt(directory + number * ENTRY);
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
  long offsetOf(long number) throws IOException {
    for (long directory : directories) {
      long table = tableAt(directory, number);
      if (table != UNALLOCATED) {
        return table;
      }
    }
    return UNALLOCATED;
  }

  /** The second copy answers where the first one cannot, so damage there is seen by nobody else. */
  @Override
  void checkCopies(long tables, Findings findings) throws IOException {
    lost.forEach(findings::add);
    if (directories.length < 2) {
      return;
    }
    int length = grainsPerTable() * ENTRY;
    for (long number = 0; number < tables; number++) {
      long first = tableAt(directories[0], number);
      long second = tableAt(directories[1], number);
      boolean none = first == UNALLOCATED && second == UNALLOCATED;
      boolean both = first > UNALLOCATED && second > UNALLOCATED;
      if (both && first != second) {
        compare(number, first, second, length, findings);
      } else if (!none && !both && Math.max(first, second) > UNALLOCATED) {
        findings.add(
            Faults.corrupt(
                storage.name(),
                "grain table "
                    + number
                    + " is said to be at "
                    + place(directories[0], number)
                    + ", its copy at "
                    + place(directories[1], number)
                    + ": only one of them can be used"));
      }
    }
  }

  private void compare(long number, long first, long second, int length, Findings findings)
      throws IOException {
    if (isHole(first, length) && isHole(second, length)) {
      return;
    }
    MemorySegment one = MemorySegment.ofArray(new byte[length]);
    MemorySegment other = MemorySegment.ofArray(new byte[length]);
    file.copy(first, one);
    file.copy(second, other);
    long at = one.mismatch(other);
    if (at >= 0) {
      long slot = at / ENTRY;
      findings.add(
          Faults.corrupt(
              storage.name(),
              "grain table "
                  + number
                  + " and its copy differ: grain "
                  + (number * grainsPerTable() + slot)
                  + " is at sector "
                  + Integer.toUnsignedString(one.get(SparseHeader.INT, slot * ENTRY))
                  + " by one of them, at "
                  + Integer.toUnsignedString(other.get(SparseHeader.INT, slot * ENTRY))
                  + " by the other"));
    }
  }

  private long tableAt(long directory, long number) throws IOException {
    long sector = wordAt(directory + number * ENTRY);
    return sector == 0
        ? UNALLOCATED
        : insideFile(sector * SparseHeader.SECTOR, (long) grainsPerTable() * ENTRY);
  }

  private String place(long directory, long number) throws IOException {
    return Faults.hex(wordAt(directory + number * ENTRY) * SparseHeader.SECTOR);
  }

  private long wordAt(long offset) throws IOException {
    return Integer.toUnsignedLong(file.intAt(offset, ByteOrder.LITTLE_ENDIAN));
  }
}
