package dev.platter.qcow2.check;

import dev.platter.qcow2.format.Entries;
import dev.platter.qcow2.format.ImageHead;
import dev.platter.qcow2.format.LenientReader;
import dev.platter.qcow2.format.Qcow2Header;
import dev.platter.qcow2.format.SnapshotTable;
import dev.platter.storage.Storage;
import java.io.IOException;

/**
 * How often each L2 table is referred to as one: by the active L1 table, and by all. A cluster that
 * is referred to more often than that is something else besides, and not to be written to.
 */
final class TableUses {
  private final Qcow2Header header;
  private final ReferenceCounts counts;
  private final long fileSize;
  private final TableWeights active;
  private final TableWeights all;

  private TableUses(Storage storage, ImageHead head, ReferenceCounts counts) throws IOException {
    this.header = head.header();
    this.counts = counts;
    this.fileSize = storage.size();
    this.active = new TableWeights(head);
    this.all = new TableWeights(head);
  }

  static TableUses of(
      Storage storage, ImageHead head, SnapshotTable snapshots, ReferenceCounts counts)
      throws IOException {
    TableUses uses = new TableUses(storage, head, counts);
    try (LenientReader reader = new LenientReader(storage)) {
      long bytes = (long) uses.header.l1Size() * Long.BYTES;
      uses.add(reader, new SnapshotL1(uses.header.l1TableOffset(), bytes, 1), uses.active);
      uses.add(reader, new SnapshotL1(uses.header.l1TableOffset(), bytes, 1), uses.all);
      for (SnapshotL1 l1 : SnapshotL1.distinct(snapshots, head, uses.fileSize, new Findings())) {
        uses.add(reader, l1, uses.all);
      }
    }
    return uses;
  }

  private void add(LenientReader reader, SnapshotL1 l1, TableWeights weights) throws IOException {
    reader.forEachWord(
        l1.offset(),
        l1.bytes(),
        (_, entry) -> {
          if (isTable(entry & Entries.OFFSET_MASK)) {
            weights.add(entry & Entries.OFFSET_MASK, l1.times());
          }
        });
  }

  /** Whether there can be an L2 table: a whole cluster within the file. */
  boolean isTable(long offset) {
    long clusterSize = header.clusterSize();
    return offset != 0 && (offset & clusterSize - 1) == 0 && offset <= fileSize - clusterSize;
  }

  /** Entries of the active L1 table that name this table. */
  long activeAt(long table) {
    return active.at(table);
  }

  /** Whether nothing but L1 tables refers to a table's cluster. */
  boolean isOnlyTable(long table) throws IOException {
    return counts.at(table >>> header.clusterBits()) == all.at(table);
  }

  /** Whether an L1 table lies in the file, in clusters that are referred to so many times. */
  boolean isOnlyL1(long offset, long bytes, long times) throws IOException {
    if (bytes == 0 || !isInFile(offset, bytes)) {
      return false;
    }
    long last = offset + bytes - 1 >>> header.clusterBits();
    for (long cluster = offset >>> header.clusterBits(); cluster <= last; cluster++) {
      if (counts.at(cluster) != times) {
        return false;
      }
    }
    return true;
  }

  /** Whether any table of the active disk shares its cluster with something else. */
  boolean anyActiveShared() throws IOException {
    long bytes = (long) header.l1Size() * Long.BYTES;
    boolean[] shared = {bytes > 0 && !isOnlyL1(header.l1TableOffset(), bytes, 1)};
    active.forEach((table, _) -> shared[0] |= !isOnlyTable(table));
    return shared[0];
  }

  boolean isInFile(long offset, long bytes) {
    return offset >= 0 && offset <= fileSize && bytes <= fileSize - offset;
  }
}
