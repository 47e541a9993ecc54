package dev.platter.qcow2.check;

import dev.platter.qcow2.format.Entries;
import dev.platter.qcow2.format.LenientReader;
import dev.platter.qcow2.format.Qcow2Header;
import java.io.IOException;
import java.util.Arrays;

/**
 * What an L2 table of standard entries says, in its order: runs of clusters that lie in the file
 * one after the other, each referred to from here alone by its flag, and every other entry by
 * itself. Entries that say nothing are left out, and part no run.
 */
final class TableRuns {
  private static final int FIELDS = 3;

  /** In place of an entry's index: a run. */
  private static final long RUN = -1;

  private final long clusterSize;
  private final long lastPlain;
  private long[] fields = new long[4 * FIELDS];
  private int used;

  private TableRuns(Qcow2Header header, long fileSize) {
    this.clusterSize = header.clusterSize();
    this.lastPlain = Entries.COPIED | Math.clamp(fileSize - clusterSize, 0, Entries.OFFSET_MASK);
  }

  /** Reads a table, wherever the image says that it is. */
  static TableRuns read(LenientReader reader, Qcow2Header header, long tableOffset)
      throws IOException {
    TableRuns runs = new TableRuns(header, reader.fileSize());
    reader.forEachPart(tableOffset, header.clusterSize(), runs::add);
    return runs;
  }

  /** What to do with each of them. */
  interface Visitor {
    /** Clusters of the file from {@code host} on. */
    void run(long host, long bytes) throws IOException;

    /** An entry that is anything else. */
    void entry(long index, long entry) throws IOException;
  }

  void forEach(Visitor visitor) throws IOException {
    for (int i = 0; i < used; i += FIELDS) {
      if (fields[i] == RUN) {
        visitor.run(fields[i + 1], fields[i + 2]);
      } else {
        visitor.entry(fields[i], fields[i + 1]);
      }
    }
  }

  private void add(long first, long[] entries, int count) {
    for (int i = 0; i < count; ) {
      long entry = entries[i++];
      if (!isPlain(entry)) {
        if (entry != 0) {
          put(first + i - 1, entry, 0);
        }
        continue;
      }
      long next = entry + clusterSize;
      while (i < count && (entries[i] == 0 || entries[i] == next && next <= lastPlain)) {
        next += entries[i++] == 0 ? 0 : clusterSize;
      }
      put(RUN, entry & Entries.OFFSET_MASK, next - entry);
    }
  }

  /** Whether an entry says where a cluster lies that is in the file and its own, and no more. */
  private boolean isPlain(long entry) {
    long host = entry & Entries.OFFSET_MASK;
    return entry == (host | Entries.COPIED)
        && host != 0
        && (host & clusterSize - 1) == 0
        && entry <= lastPlain;
  }

  private void put(long a, long b, long c) {
    if (used == fields.length) {
      fields = Arrays.copyOf(fields, 2 * used);
    }
    fields[used++] = a;
    fields[used++] = b;
    fields[used++] = c;
  }
}
