package dev.platter.image.support;

import dev.platter.storage.Storage;
import dev.platter.storage.Table;
import java.io.IOException;
import java.nio.ByteOrder;

/**
 * The clusters of an image by a table of two levels with entries of eight bytes: those of the first
 * (L1) say where the tables of the second (L2) lie in the file, 0 that there is none, and those of
 * the second say what there is of a cluster. Any number of threads may ask.
 */
public final class TwoLevelTable {
  /** How many entries of either level one answer looks at, at most. */
  private static final int MOST = 1 << 16;

  private final Table file;
  private final ByteOrder order;
  private final long l1Offset;
  private final long l2Entries;
  private final PointerCheck check;

  /** Refuses an L1 entry that cannot be. */
  @FunctionalInterface
  public interface PointerCheck {
    /**
     * @param entryAt where in the file the entry lies, bytes
     * @param l2Offset what it says, never 0; returns only if the whole table lies in the file
     */
    void check(long entryAt, long l2Offset) throws IOException;
  }

  /**
   * @param fileSize of the storage, bytes; the L1 table lies within it
   * @param l2Entries how many entries each L2 table has
   */
  public TwoLevelTable(
      Storage storage,
      long fileSize,
      ByteOrder order,
      long l1Offset,
      long l2Entries,
      PointerCheck check) {
    this.file = storage.table(0, fileSize);
    this.order = order;
    this.l1Offset = l1Offset;
    this.l2Entries = l2Entries;
    this.check = check;
  }

  /** What the L2 table says of a cluster; 0 also where there is no table. */
  public long entryAt(long cluster) throws IOException {
    long l2Offset = l2Offset(cluster / l2Entries);
    return l2Offset == 0 ? 0 : entry(l2Offset, cluster % l2Entries);
  }

  /** Where the entry of a cluster lies in the file, bytes, if there is an L2 table. */
  public long placeOf(long cluster) throws IOException {
    return l2Offset(cluster / l2Entries) + cluster % l2Entries * Long.BYTES;
  }

  /**
   * Where a run of clusters ends, each entry of which is {@code step} more than the one before. The
   * run may go on at the answer: no more is looked at than what a cheap answer takes.
   *
   * @param entry of the first cluster
   * @param end where to stop looking, after {@code cluster}
   */
  public long endOfRun(long cluster, long entry, long step, long end) throws IOException {
    long at = cluster;
    long expected = entry;
    for (int looked = 0; at < end && looked < MOST; looked++) {
      long index = at / l2Entries;
      long l2Offset = l2Offset(index);
      if (l2Offset == 0) {
        if (expected != 0 || step != 0) {
          return at;
        }
        at = Math.min(end, (index + 1) * l2Entries);
        continue;
      }
      long tableEnd = Math.min(end, (index + 1) * l2Entries);
      for (; at < tableEnd && looked < MOST; at++, looked++, expected += step) {
        if (entry(l2Offset, at % l2Entries) != expected) {
          return at;
        }
      }
    }
    return at;
  }

  private long l2Offset(long index) throws IOException {
    long entryAt = l1Offset + index * Long.BYTES;
    long l2Offset = file.longAt(entryAt, order);
    if (l2Offset != 0) {
      check.check(entryAt, l2Offset);
    }
    return l2Offset;
  }

  private long entry(long l2Offset, long index) throws IOException {
    return file.longAt(l2Offset + index * Long.BYTES, order);
  }
}
