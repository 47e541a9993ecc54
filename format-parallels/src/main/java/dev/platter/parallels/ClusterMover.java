package dev.platter.parallels;

import dev.platter.image.support.StoredBlocks;
import dev.platter.image.support.TableEditor;
import dev.platter.storage.WritableStorage;
import java.io.IOException;

/**
 * Gives clusters of an image other places in its file. At any moment each cluster of the disk can
 * be read where its entry says: it is copied first, and its old place is not used for another one
 * before the entries are on the medium.
 */
final class ClusterMover {
  private final WritableStorage storage;
  private final ParallelsHead head;
  private final ClusterUse use;

  /** The first cluster of the data area behind all that any entry points to. */
  private int end;

  /** Whether an entry has no cluster of its own, or one where none may be. */
  private boolean copies;

  ClusterMover(WritableStorage storage, ParallelsHead head) throws IOException {
    this.storage = storage;
    this.head = head;
    this.use = new ClusterUse(head);
    BatTable table = new BatTable(head);
    long entries = head.header().batEntries();
    for (long cluster = 0; cluster < entries; ) {
      int entry = table.entryAt(cluster);
      if (entry == BatTable.FREE) {
        cluster = table.endOfFree(cluster, entries);
      } else {
        ClusterUse.Verdict verdict = use.take(cluster, entry);
        if (verdict != ClusterUse.Verdict.OUTSIDE) {
          copies |= verdict != ClusterUse.Verdict.SOUND;
          long last = head.hostOffset(entry) + head.clusterSize() - 1;
          end = Math.max(end, last < head.dataOffset() ? 0 : use.slotAt(last) + 1);
        }
        cluster++;
      }
    }
  }

  /** The first cluster of the data area behind all that any entry points to. */
  int end() {
    return end;
  }

  /** Whether the file would be shorter with its clusters side by side. */
  boolean hasGaps() {
    return head.fileSize() > head.slotOffset(use.count());
  }

  /** Refuses a repair that would copy clusters that are longer than the whole file. */
  void requireClustersInFile() throws IOException {
    if (copies && head.clusterSize() > head.fileSize()) {
      throw Faults.corrupt(
          head.name(),
          "clusters of "
              + head.clusterSize()
              + " bytes share a file of "
              + head.fileSize()
              + " bytes: it cannot be repaired");
    }
  }

  /** Moves all clusters away that lie in the first {@code slots} ones of the data area. */
  void clear(int slots) throws IOException {
    long[] next = {Math.max(end, slots)};
    move((cluster, entry) ->
        head.hostOffset(entry) < head.slotOffset(slots) ? next[0]++ : StoredPlace.SAME);
  }

  /**
   * Moves clusters from the end into the gaps between the others. The image is sound.
   *
   * @return where the last one ends, bytes
   */
  long pack() throws IOException {
    int count = use.count();
    int[] gap = {-1};
    move((cluster, entry) -> {
      if (use.slotAt(head.hostOffset(entry)) < count) {
        return StoredPlace.SAME;
      }
      gap[0] = use.nextFree(gap[0] + 1);
      return gap[0];
    });
    return head.slotOffset(count);
  }

  /**
   * Gives each entry a cluster of its own at a place where one may be, behind all others, and none
   * to those that point outside of the file.
   */
  void repair() throws IOException {
    ClusterUse kept = new ClusterUse(head);
    long[] next = {end};
    move((cluster, entry) ->
        switch (kept.take(cluster, entry)) {
          case SOUND -> StoredPlace.SAME;
          case OUTSIDE -> StoredPlace.NONE;
          case MISPLACED, SHARED -> next[0]++;
        });
  }

  /** Where a cluster shall lie that lies somewhere now. */
  @FunctionalInterface
  private interface StoredPlace {
    long SAME = -1;
    long NONE = -2;

    /** The number of a cluster of the data area, or one of the constants. */
    long slotFor(long cluster, int entry) throws IOException;
  }

  private void move(StoredPlace place) throws IOException {
    try (StoredBlocks stored = new StoredBlocks(storage)) {
      new TableEditor(storage, ParallelsHeader.LENGTH)
          .update(
              head.header().batEntries(),
              (cluster, entry) -> {
                long slot =
                    entry == BatTable.FREE ? StoredPlace.SAME : place.slotFor(cluster, entry);
                if (slot == StoredPlace.SAME) {
                  return entry;
                }
                if (slot == StoredPlace.NONE) {
                  return BatTable.FREE;
                }
                if (slot >= head.mostSlots()) {
                  throw Faults.corrupt(head.name(), "the BAT cannot point to the end of the file");
                }
                stored.copy(head.hostOffset(entry), head.slotOffset(slot), head.clusterSize());
                return head.entryOf(slot);
              });
    }
  }
}
