package dev.platter.qcow2.check;

import dev.platter.qcow2.format.Entries;
import dev.platter.qcow2.format.ImageHead;
import dev.platter.qcow2.format.Qcow2Header;
import dev.platter.qcow2.format.SnapshotTable;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.HashSet;
import java.util.Set;

/**
 * Puts L1 and L2 tables right where they are: only those whose clusters are nothing else besides.
 */
final class TableRepair {
  private final WritableStorage storage;
  private final ImageHead head;
  private final Qcow2Header header;
  private final SnapshotTable snapshots;
  private final L2Repair l2Repair;
  private final TableUses uses;
  private final Set<Long> done = new HashSet<>();

  /**
   * @param counts what is referred to
   * @param l2Repair knows what flags must tell
   */
  TableRepair(
      WritableStorage storage,
      ImageHead head,
      SnapshotTable snapshots,
      ReferenceCounts counts,
      L2Repair l2Repair)
      throws IOException {
    this.storage = storage;
    this.head = head;
    this.header = head.header();
    this.snapshots = snapshots;
    this.l2Repair = l2Repair;
    this.uses = TableUses.of(storage, head, snapshots, counts);
  }

  /** Whether a flag is not what it has to be, in an active table or in the table of those. */
  boolean anyFlagWrong() throws IOException {
    long bytes = (long) header.l1Size() * Long.BYTES;
    if (!uses.isInFile(header.l1TableOffset(), bytes)) {
      return false;
    }
    MemorySegment l1 = read(header.l1TableOffset(), bytes);
    Set<Long> seen = new HashSet<>();
    for (long at = 0; at < bytes; at += Long.BYTES) {
      long entry = l1.get(Qcow2Header.LONG, at);
      long table = entry & Entries.OFFSET_MASK;
      if (l2Repair.l1Entry(entry) != entry
          || uses.isTable(table)
              && seen.add(table)
              && l2Repair.setFlags(read(table, header.clusterSize()))) {
        return true;
      }
    }
    return false;
  }

  void run() throws IOException {
    repairActive();
    for (SnapshotL1 l1 : SnapshotL1.distinct(snapshots, head, storage.size(), new Findings())) {
      repairOfSnapshot(l1);
    }
    storage.sync();
  }

  /** The flags of the active tables say where a refcount is exactly one. */
  private void repairActive() throws IOException {
    long bytes = (long) header.l1Size() * Long.BYTES;
    if (!uses.isInFile(header.l1TableOffset(), bytes)) {
      return;
    }
    MemorySegment l1 = read(header.l1TableOffset(), bytes);
    boolean changed = false;
    for (long at = 0; at < bytes; at += Long.BYTES) {
      long entry = l1.get(Qcow2Header.LONG, at);
      long table = entry & Entries.OFFSET_MASK;
      if (isToDo(table)) {
        MemorySegment entries = read(table, header.clusterSize());
        if (l2Repair.fixEntries(entries) | l2Repair.setFlags(entries)) {
          storage.write(table, entries);
        }
      }
      long right = l2Repair.l1Entry(entry);
      changed |= right != entry;
      l1.set(Qcow2Header.LONG, at, right);
    }
    if (changed && uses.isOnlyL1(header.l1TableOffset(), bytes, 1)) {
      storage.write(header.l1TableOffset(), l1);
    }
  }

  private boolean isToDo(long table) throws IOException {
    return uses.isTable(table) && done.add(table) && uses.isOnlyTable(table);
  }

  /** Entries that cannot be are taken out; flags mean nothing there. */
  private void repairOfSnapshot(SnapshotL1 place) throws IOException {
    if (!uses.isInFile(place.offset(), place.bytes())) {
      return;
    }
    MemorySegment l1 = read(place.offset(), place.bytes());
    boolean changed = false;
    for (long at = 0; at < place.bytes(); at += Long.BYTES) {
      long entry = l1.get(Qcow2Header.LONG, at);
      long table = entry & Entries.OFFSET_MASK;
      if (isToDo(table)) {
        MemorySegment entries = read(table, header.clusterSize());
        if (l2Repair.fixEntries(entries)) {
          storage.write(table, entries);
        }
      }
      if (table == 0 && entry != 0) {
        l1.set(Qcow2Header.LONG, at, 0);
        changed = true;
      }
    }
    if (changed && uses.isOnlyL1(place.offset(), place.bytes(), place.times())) {
      storage.write(place.offset(), l1);
    }
  }

  private MemorySegment read(long offset, long bytes) throws IOException {
    MemorySegment part = MemorySegment.ofArray(new byte[(int) bytes]);
    storage.readFully(offset, part);
    return part;
  }
}
