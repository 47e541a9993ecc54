package dev.platter.qcow2.check;

import dev.platter.qcow2.format.Entries;
import dev.platter.qcow2.format.ImageHead;
import dev.platter.qcow2.format.Qcow2Header;
import dev.platter.qcow2.format.SnapshotTable;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
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
    Set<Long> seen = new HashSet<>();
    for (long entry : WholeTable.read(storage, header.l1TableOffset(), bytes)) {
      long table = entry & Entries.OFFSET_MASK;
      if (l2Repair.l1Entry(entry) != entry
          || uses.isTable(table) && seen.add(table) && l2Repair.setFlags(l2(table))) {
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
    long[] l1 = WholeTable.read(storage, header.l1TableOffset(), bytes);
    boolean changed = false;
    for (int i = 0; i < l1.length; i++) {
      long table = l1[i] & Entries.OFFSET_MASK;
      if (isToDo(table)) {
        long[] entries = l2(table);
        if (l2Repair.fixEntries(entries) | l2Repair.setFlags(entries)) {
          WholeTable.write(storage, table, entries);
        }
      }
      long right = l2Repair.l1Entry(l1[i]);
      changed |= right != l1[i];
      l1[i] = right;
    }
    if (changed && uses.isOnlyL1(header.l1TableOffset(), bytes, 1)) {
      WholeTable.write(storage, header.l1TableOffset(), l1);
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
    long[] l1 = WholeTable.read(storage, place.offset(), place.bytes());
    boolean changed = false;
    for (int i = 0; i < l1.length; i++) {
      long table = l1[i] & Entries.OFFSET_MASK;
      if (isToDo(table)) {
        long[] entries = l2(table);
        if (l2Repair.fixEntries(entries)) {
          WholeTable.write(storage, table, entries);
        }
      }
      if (table == 0 && l1[i] != 0) {
        l1[i] = 0;
        changed = true;
      }
    }
    if (changed && uses.isOnlyL1(place.offset(), place.bytes(), place.times())) {
      WholeTable.write(storage, place.offset(), l1);
    }
  }

  private long[] l2(long table) throws IOException {
    return WholeTable.read(storage, table, header.clusterSize());
  }
}
