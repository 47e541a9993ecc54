package dev.platter.qcow2.check;

import dev.platter.qcow2.format.Qcow2Header;
import dev.platter.storage.Storage;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * Tables of entries of 64 bits, read and written as a whole: a repair goes through many of them,
 * entry by entry, which an array makes much quicker than the bytes of a file.
 */
final class WholeTable {
  private WholeTable() {}

  /** The entries of a table that lies in the file. */
  static long[] read(Storage storage, long offset, long bytes) throws IOException {
    MemorySegment stored = MemorySegment.ofArray(new byte[(int) bytes]);
    storage.readFully(offset, stored);
    long[] entries = new long[(int) (bytes / Long.BYTES)];
    MemorySegment.copy(stored, Qcow2Header.LONG, 0, entries, 0, entries.length);
    return entries;
  }

  static void write(WritableStorage storage, long offset, long[] entries) throws IOException {
    MemorySegment stored = MemorySegment.ofArray(new byte[entries.length * Long.BYTES]);
    MemorySegment.copy(entries, 0, stored, Qcow2Header.LONG, 0, entries.length);
    storage.write(offset, stored);
  }
}
