package dev.platter.qcow2.check;

import dev.platter.qcow2.format.Entries;
import dev.platter.qcow2.format.HeaderUpdate;
import dev.platter.qcow2.format.ImageHead;
import dev.platter.qcow2.format.Qcow2Header;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Gives new clusters to what cannot stay where it is: the refcounts, a snapshot table that had to
 * be repaired, and the active L1 and L2 tables whose clusters are something else besides, or whose
 * flags change with the refcounts. All of it counts at once, by the header.
 */
final class TableMove {
  private static final long NOWHERE = -1;

  private final WritableStorage storage;
  private final ImageHead head;
  private final Qcow2Header header;
  private final Survey survey;
  private final ReferenceCounts counts;
  private final RepairedSnapshots snapshots;
  private final FreeClusters free;
  private final TableUses uses;
  private final L2Repair l2Repair;

  /** Where L2 tables lie, and where they will. */
  private final Map<Long, Long> moved = new LinkedHashMap<>();

  private long l1Offset = NOWHERE;
  private long snapshotsOffset = NOWHERE;

  /**
   * @param survey its counts become those of the image with everything moved
   */
  TableMove(WritableStorage storage, ImageHead head, Survey survey, RepairedSnapshots snapshots)
      throws IOException {
    this.storage = storage;
    this.head = head;
    this.header = head.header();
    this.counts = survey.counts();
    this.snapshots = snapshots;
    this.l2Repair = new L2Repair(header, counts);
    this.survey = survey;
    this.uses = TableUses.of(storage, head, snapshots.table(), counts);
    this.free =
        new FreeClusters(
            head,
            counts,
            new ReferenceCounts(head),
            header.clustersFor(storage.size()),
            survey.lowestBeyond());
  }

  void run() throws IOException {
    planTables();
    if (snapshots.replacement().isPresent()) {
      long bytes = snapshots.replacement().get().byteSize();
      snapshotsOffset = bytes == 0 ? 0 : offsetOf(free.take(header.clustersFor(bytes)));
    }
    RefcountRebuild refcounts = RefcountRebuild.plan(head, counts, free);
    giveUpOld();
    writeTables();
    if (snapshotsOffset > 0) {
      storage.write(snapshotsOffset, snapshots.replacement().get());
    }
    refcounts.write(storage);
    storage.sync();
    HeaderUpdate update =
        new HeaderUpdate(storage).refcountTable(refcounts.tableOffset(), refcounts.tableClusters());
    if (l1Offset != NOWHERE) {
      update.l1Table(l1Offset, header.l1Size());
    }
    if (snapshotsOffset != NOWHERE) {
      update.snapshots(snapshotsOffset, snapshots.table().entries().size());
    }
    update.write();
  }

  private long l1Bytes() {
    return (long) header.l1Size() * Long.BYTES;
  }

  private long[] l1() throws IOException {
    return WholeTable.read(storage, header.l1TableOffset(), l1Bytes());
  }

  private long[] l2(long table) throws IOException {
    return WholeTable.read(storage, table, header.clusterSize());
  }

  private void planTables() throws IOException {
    if (l1Bytes() == 0 || !uses.isInFile(header.l1TableOffset(), l1Bytes())) {
      return;
    }
    long[] l1 = l1();
    for (long entry : l1) {
      long table = entry & Entries.OFFSET_MASK;
      if (uses.isTable(table) && !moved.containsKey(table) && mustMove(table)) {
        moved.put(table, 0L);
      }
    }
    if (moved.isEmpty() && uses.isOnlyL1(header.l1TableOffset(), l1Bytes(), 1) && !flagsL1(l1)) {
      return;
    }
    l1Offset = offsetOf(free.take(header.clustersFor(l1Bytes())));
    for (Map.Entry<Long, Long> move : moved.entrySet()) {
      long cluster = free.take(1);
      move.setValue(offsetOf(cluster));
      counts.set(cluster, uses.activeAt(move.getKey()));
    }
  }

  /** A table that is something else besides, or whose flags are others by the new refcounts. */
  private boolean mustMove(long table) throws IOException {
    return !uses.isOnlyTable(table) || l2Repair.setFlags(l2(table));
  }

  private boolean flagsL1(long[] l1) throws IOException {
    for (long entry : l1) {
      if (l2Repair.l1Entry(entry) != entry) {
        return true;
      }
    }
    return false;
  }

  /** Only now, as what has moved must not be written over before the header says so. */
  private void giveUpOld() throws IOException {
    for (long cluster : survey.refcountClusters()) {
      lower(cluster, 1);
    }
    if (snapshotsOffset != NOWHERE) {
      lowerAll(header.snapshotsOffset(), snapshots.table().length());
    }
    if (l1Offset != NOWHERE) {
      lowerAll(header.l1TableOffset(), l1Bytes());
    }
    for (long table : moved.keySet()) {
      lower(table >>> header.clusterBits(), uses.activeAt(table));
    }
  }

  private void lowerAll(long offset, long bytes) throws IOException {
    for (long i = 0; i < header.clustersFor(bytes); i++) {
      lower((offset >>> header.clusterBits()) + i, 1);
    }
  }

  private void lower(long cluster, long times) throws IOException {
    counts.set(cluster, counts.at(cluster) - times);
  }

  private void writeTables() throws IOException {
    if (l1Offset == NOWHERE) {
      return;
    }
    for (Map.Entry<Long, Long> move : moved.entrySet()) {
      long[] table = l2(move.getKey());
      l2Repair.fixEntries(table);
      l2Repair.setFlags(table);
      WholeTable.write(storage, move.getValue(), table);
    }
    long[] l1 = l1();
    for (int i = 0; i < l1.length; i++) {
      Long table = moved.get(l1[i] & Entries.OFFSET_MASK);
      long entry = table == null ? l1[i] : l1[i] & ~Entries.OFFSET_MASK | table;
      l1[i] = l2Repair.l1Entry(entry);
    }
    WholeTable.write(storage, l1Offset, l1);
  }

  private long offsetOf(long cluster) {
    return cluster << header.clusterBits();
  }
}
