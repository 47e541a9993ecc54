package dev.platter.qcow2.format;

import dev.platter.storage.Storage;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * One L1 table in memory: where the L2 tables are. At most 32 MiB, and never more than the file
 * holds.
 */
public final class L1Table {
  private static final int READ_BYTES = 1 << 20;

  private final long offset;
  private final long[] entries;

  private L1Table(long offset, long[] entries) {
    this.offset = offset;
    this.entries = entries;
  }

  /**
   * Reads a table.
   *
   * @param what how messages call it
   * @param size its entries; the caller has bounded them
   */
  public static L1Table read(Storage storage, ImageHead head, String what, long offset, int size)
      throws IOException {
    long bytes = (long) size * Long.BYTES;
    long fileSize = storage.size();
    if (size > 0 && (offset > fileSize || bytes > fileSize - offset)) {
      throw head.corrupt(
          what
              + " at "
              + ImageHead.hex(offset)
              + " ends past the end of the file ("
              + ImageHead.hex(offset + bytes)
              + " > "
              + ImageHead.hex(fileSize)
              + ")");
    }
    long[] entries = new long[size];
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(Math.min(Math.max(bytes, 8), READ_BYTES), 8);
      for (long done = 0; done < bytes; done += READ_BYTES) {
        MemorySegment part = buffer.asSlice(0, Math.min(READ_BYTES, bytes - done));
        storage.readFully(offset + done, part);
        MemorySegment.copy(
            part,
            Qcow2Header.LONG,
            0,
            entries,
            (int) (done / Long.BYTES),
            (int) (part.byteSize() / Long.BYTES));
      }
    }
    return new L1Table(offset, entries);
  }

  public int size() {
    return entries.length;
  }

  /** The entry as stored; past the end of the table nothing is mapped. */
  public long entryAt(int index) {
    return index < entries.length ? entries[index] : 0;
  }

  /** Changes an entry, in memory. */
  public void set(int index, long entry) {
    entries[index] = entry;
  }

  /** Which entry and where it stands in the file, for messages. */
  public String nameOf(int index) {
    return "L1 entry " + index + " at " + ImageHead.hex(offset + (long) index * Long.BYTES);
  }

  /**
   * The first entry at or after {@code index} and before {@code end} that names an L2 table; {@code
   * end} if none.
   */
  int nextAllocated(int index, int end) {
    int stop = Math.min(end, entries.length);
    for (int i = index; i < stop; i++) {
      if ((entries[i] & Entries.OFFSET_MASK) != 0) {
        return i;
      }
    }
    return end;
  }
}
