package dev.platter.qcow2.edit;

import dev.platter.qcow2.format.Entries;
import dev.platter.qcow2.format.Qcow2Header;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * The active L1 table and the L2 tables below it, to be changed from front to back. A table that
 * changes becomes a new one, so that snapshots, and the image as it was, keep the old.
 */
final class ActiveTables {
  private static final int NONE = -1;

  private final ImageChange change;
  private final Qcow2Header header;
  private long[] l1;
  private boolean changed;
  private final MemorySegment table;

  /** The L1 entry of what is in {@link #table}. */
  private int open = NONE;

  ActiveTables(ImageChange change) throws IOException {
    this.change = change;
    this.header = change.head().header();
    this.table = MemorySegment.ofArray(new byte[header.clusterSize()]);
    MemorySegment stored = MemorySegment.ofArray(new byte[header.l1Size() * Long.BYTES]);
    change.storage().readFully(header.l1TableOffset(), stored);
    this.l1 = stored.toArray(Qcow2Header.LONG);
  }

  boolean isChanged() {
    return changed;
  }

  /** Gives the L1 table another length; what it had more is empty by now. */
  void setEntries(int entries) {
    changed |= entries != l1.length;
    l1 = Arrays.copyOf(l1, entries);
  }

  int entries() {
    return l1.length;
  }

  /** Takes away what is mapped from a guest cluster on. */
  void giveUpFrom(long cluster) throws IOException {
    int first = (int) (cluster / header.l2Entries());
    int kept = (int) (cluster % header.l2Entries());
    for (int index = first; index < l1.length; index++) {
      long old = l1[index] & Entries.OFFSET_MASK;
      if (old == 0) {
        continue;
      }
      change.storage().readFully(old, table);
      int from = index == first ? kept : 0;
      if (from == 0) {
        giveUpEntries(0);
        change.giveUp(old, header.clusterSize());
        l1[index] = 0;
        changed = true;
      } else if (giveUpEntries(from)) {
        replace(index);
      }
    }
  }

  /** Clears the table in memory from an entry on; answers whether there was anything. */
  private boolean giveUpEntries(int from) throws IOException {
    boolean any = false;
    for (long at = (long) from * header.l2EntrySize(); at < table.byteSize(); at += Long.BYTES) {
      any |= table.get(Qcow2Header.LONG, at) != 0;
      if (at % header.l2EntrySize() == 0) {
        giveUp(table.get(Qcow2Header.LONG, at));
      }
    }
    table.asSlice((long) from * header.l2EntrySize()).fill((byte) 0);
    return any;
  }

  private void giveUp(long entry) throws IOException {
    if ((entry & Entries.COMPRESSED) != 0) {
      change.giveUp(
          Entries.compressedOffset(entry, header.clusterBits()),
          Entries.compressedLength(entry, header.clusterBits()));
    } else if (!header.hasDataFile() && Entries.hasHost(header, entry)) {
      change.giveUp(entry & Entries.OFFSET_MASK, header.clusterSize());
    }
  }

  /** Gives the last L2 table another place, unless a snapshot has it too. */
  void moveLast() throws IOException {
    long old = l1.length == 0 ? 0 : l1[l1.length - 1] & Entries.OFFSET_MASK;
    if (old != 0 && change.referencesAt(old) == 1) {
      change.storage().readFully(old, table);
      replace(l1.length - 1);
    }
  }

  /** Sets the entry of a guest cluster, no lower than the one before, which may hold anything. */
  void set(long cluster, long entry, long bitmap) throws IOException {
    int index = (int) (cluster / header.l2Entries());
    if (index != open) {
      flush();
      long old = l1[index] & Entries.OFFSET_MASK;
      if (old == 0) {
        table.fill((byte) 0);
      } else {
        change.storage().readFully(old, table);
      }
      open = index;
    }
    long at = cluster % header.l2Entries() * header.l2EntrySize();
    giveUp(table.get(Qcow2Header.LONG, at));
    table.set(Qcow2Header.LONG, at, entry);
    if (header.extendedL2()) {
      table.set(Qcow2Header.LONG, at + Long.BYTES, bitmap);
    }
  }

  /** Brings the last table that was changed to the file. */
  void flush() throws IOException {
    if (open != NONE) {
      replace(open);
      open = NONE;
    }
  }

  /** Makes what is in memory the table of an L1 entry. */
  private void replace(int index) throws IOException {
    long old = l1[index] & Entries.OFFSET_MASK;
    if (old != 0) {
      change.giveUp(old, header.clusterSize());
    }
    l1[index] = Entries.COPIED | change.put(table);
    changed = true;
  }

  /** Finds a place for the L1 table, and gives up the one it had. */
  long takeL1() throws IOException {
    long place = change.take(header.clustersFor((long) l1.length * Long.BYTES));
    change.giveUp(header.l1TableOffset(), (long) header.l1Size() * Long.BYTES);
    return place;
  }

  /** The L1 table. */
  MemorySegment bytes() {
    MemorySegment bytes = MemorySegment.ofArray(new byte[l1.length * Long.BYTES]);
    MemorySegment.copy(l1, 0, bytes, Qcow2Header.LONG, 0, l1.length);
    return bytes;
  }
}
