package dev.platter.vmdk.read;

import dev.platter.image.CorruptImageException;
import dev.platter.storage.Run;
import dev.platter.storage.Storage;
import dev.platter.storage.Table;
import dev.platter.storage.ZeroScan;
import dev.platter.vmdk.format.Faults;
import dev.platter.vmdk.format.SparseHeader;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * Where the grains of one sparse extent are: a directory of tables of grains. Any thread may ask;
 * nothing is read before it is needed.
 */
abstract class GrainTables {
  /** In place of a host offset: this extent has nothing there. */
  static final long UNALLOCATED = 0;

  /** In place of a host offset: the grain is zero. */
  static final long ZERO = 1;

  /** In place of a table's offset: it cannot be where the directory says. */
  static final long IMPOSSIBLE = -1;

  final Storage storage;

  /** The whole file, for reading tables here and there. */
  final Table file;

  final long fileSize;
  private final int grainSize;
  private final int grainsPerTable;
  private final int tableBytes;
  private volatile Run lastRun = new Run(0, 1, true);

  GrainTables(Storage storage, int grainSize, int grainsPerTable, int entryBytes)
      throws IOException {
    this.storage = storage;
    this.fileSize = storage.size();
    this.file = storage.table(0, fileSize);
    this.grainSize = grainSize;
    this.grainsPerTable = grainsPerTable;
    this.tableBytes = grainsPerTable * entryBytes;
  }

  /** Bytes of a grain. */
  final int grainSize() {
    return grainSize;
  }

  final int grainsPerTable() {
    return grainsPerTable;
  }

  /**
   * Where a grain is: {@link #UNALLOCATED}, {@link #ZERO} or a host offset inside the file.
   *
   * @throws CorruptImageException if the tables say what cannot be
   */
  abstract long grainAt(long grain) throws IOException;

  /** Where a table is: {@link #UNALLOCATED}, {@link #IMPOSSIBLE}, or an offset inside the file. */
  abstract long offsetOf(long table) throws IOException;

  /**
   * Whether a table can be seen at a glance to have all its grains inside the file, and whole;
   * where not, each has to be asked for.
   */
  boolean allInside(long table) throws IOException {
    return false;
  }

  /** Whether a table is not there, or a hole of the file, so that none of it need be read. */
  final boolean isAbsent(long table) throws IOException {
    long offset = offsetOf(table);
    return offset == UNALLOCATED || offset != IMPOSSIBLE && isHole(offset, tableBytes);
  }

  /** Whether a table is not there, or holds nothing, as one that was set aside and not used. */
  final boolean isEmpty(long table) throws IOException {
    long offset = offsetOf(table);
    if (offset == UNALLOCATED || offset == IMPOSSIBLE || isHole(offset, tableBytes)) {
      return offset != IMPOSSIBLE;
    }
    MemorySegment bytes = MemorySegment.ofArray(new byte[tableBytes]);
    file.copy(offset, bytes);
    return ZeroScan.isZero(bytes);
  }

  /**
   * Tells where an extent's two copies of its tables do not say the same; most kinds have no copy.
   *
   * @param tables how many tables the disk needs
   */
  void checkCopies(long tables, Findings findings) throws IOException {}

  /** Fills {@code target} with bytes of the file, from tables here and there. */
  public final void copy(long offset, MemorySegment target) throws IOException {
    file.copy(offset, target);
  }

  /** Whether nothing is stored in a stretch of the file. */
  public final boolean isHole(long offset, long length) throws IOException {
    Run run = lastRun;
    if (offset < run.offset() || offset >= run.offset() + run.length()) {
      run = storage.runAt(offset, fileSize);
      lastRun = run;
    }
    return run.hole() && offset + length <= run.offset() + run.length();
  }

  /** The offset of a table that must lie in the file, behind its first sector. */
  final long insideFile(long offset, long length) {
    boolean inside = offset >= SparseHeader.SECTOR && offset <= fileSize - length;
    return inside ? offset : IMPOSSIBLE;
  }

  final CorruptImageException impossible(String what, long number, long offset) {
    return Faults.corrupt(
        storage.name(),
        what
            + " "
            + number
            + " is said to be at "
            + Faults.hex(offset)
            + ", which is not inside the file ("
            + Faults.hex(fileSize)
            + ")");
  }
}
