package dev.platter.vmdk.live;

import dev.platter.storage.WritableStorage;
import dev.platter.storage.WritableTable;
import dev.platter.vmdk.format.GrainDirectory;
import dev.platter.vmdk.format.SparseHeader;
import java.io.IOException;
import java.nio.ByteOrder;
import java.util.Optional;

/** The grain tables of an extent in use, and the second copies of them. */
final class LiveGrainTables {
  /** Tables begin at sectors, and grains may lie between them. */
  private static final int PAGE = SparseHeader.SECTOR;

  private final GrainDirectory first;
  private final WritableTable entries;
  private final Optional<Copy> copy;

  private record Copy(GrainDirectory directory, WritableTable entries) {}

  /**
   * @param cacheBytes how much of the tables is kept that holds no changes
   */
  LiveGrainTables(
      WritableStorage storage,
      GrainDirectory first,
      Optional<GrainDirectory> copy,
      int cacheBytes) {
    this.first = first;
    this.entries = entries(storage, cacheBytes / 2);
    this.copy = copy.map(second -> new Copy(second, entries(storage, cacheBytes / 2)));
  }

  private static WritableTable entries(WritableStorage storage, int cacheBytes) {
    return new WritableTable(
        storage, 0, WritableTable.Width.INT, ByteOrder.LITTLE_ENDIAN, PAGE, cacheBytes);
  }

  /** The sector of a grain, or what stands in its place. */
  long at(long grain) throws IOException {
    return entries.at(first.entryOf(grain));
  }

  /** Where a run of equal entries ends, at the latest with the table. */
  long endOfEqual(long grain, long limit) throws IOException {
    long stop = Math.min(limit, endOfTable(grain));
    long from = first.entryOf(grain);
    return grain + (entries.endOfEqual(from, from + (stop - grain)) - from);
  }

  /** The first grain of the next table. */
  long endOfTable(long grain) {
    return (grain / first.perTable() + 1) * first.perTable();
  }

  /**
   * Changes entries of one table, and of its copy, to values that rise by {@code step}.
   *
   * @throws TornException if only the copy has changed
   * @throws IOException if nothing has
   */
  void fill(long grain, long count, long value, long step) throws IOException {
    for (long i = 0; i < count; i++) {
      // Read now, so that what cannot be is found before the copy changes.
      at(grain + i);
    }
    if (copy.isPresent()) {
      long from = copy.get().directory().entryOf(grain);
      copy.get().entries().fillRising(from, from + count, value, step);
    }
    try {
      long from = first.entryOf(grain);
      entries.fillRising(from, from + count, value, step);
    } catch (IOException e) {
      throw copy.isPresent() ? new TornException(e) : e;
    }
  }

  /** The two copies do not agree in memory: they must not be written any more. */
  static final class TornException extends IOException {
    private static final long serialVersionUID = 1;

    TornException(IOException cause) {
      super(cause.getMessage(), cause);
    }
  }

  long changedBytes() {
    return entries.changedBytes() + (copy.isPresent() ? copy.get().entries().changedBytes() : 0);
  }

  /** Takes all changes out, to be written. */
  Changes take() {
    Optional<WritableTable.Changes> second = copy.map(tables -> tables.entries().take());
    try {
      return new Changes(entries.take(), second);
    } catch (Error e) {
      second.ifPresent(WritableTable.Changes::close);
      throw e;
    }
  }

  /** Changes on their way to the medium. */
  record Changes(WritableTable.Changes first, Optional<WritableTable.Changes> copy)
      implements AutoCloseable {
    boolean isEmpty() {
      return first.isEmpty() && (copy.isEmpty() || copy.get().isEmpty());
    }

    /** Writes the copies, then the tables by which the disk is read; does not sync. */
    void write() throws IOException {
      if (copy.isPresent()) {
        copy.get().write();
      }
      first.write();
    }

    @Override
    public void close() {
      first.close();
      copy.ifPresent(WritableTable.Changes::close);
    }
  }
}
