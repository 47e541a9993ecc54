package dev.platter.qcow2.live;

import dev.platter.image.spi.Allocation.Content;
import dev.platter.qcow2.format.Entries;
import dev.platter.qcow2.format.HeaderUpdate;
import dev.platter.qcow2.format.ImageHead;
import dev.platter.qcow2.format.Qcow2Header;
import dev.platter.storage.Barrier;
import dev.platter.storage.WritableStorage;
import dev.platter.storage.WritableTable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The refcounts of an image in use, and the clusters that are free. Space is looked for from the
 * front, a stretch at a time so that nobody waits for long, and else taken at the end of the file.
 * Guarded by the image's lock.
 */
public final class LiveRefcounts {
  private static final int CACHE = 4 << 20;

  /** How many clusters are looked at for one allocation. */
  private static final long STRETCH = 1 << 16;

  private final WritableStorage storage;
  private final ImageHead head;
  private final Qcow2Header header;
  private final int order;
  private final int blockBits;
  private final WritableTable blocks;
  private final WritableTable tableWrites;
  private long[] table;
  private long tableOffset;
  private boolean moved;

  /** Tables that may be given up once the header names the present one. */
  private List<Taken> former = new ArrayList<>();

  private IOException failure;

  /** No cluster before this one is free. */
  private long cursor = 1;

  /** No cluster from this one on is in use. */
  private long end;

  public LiveRefcounts(WritableStorage storage, ImageHead head) throws IOException {
    this.storage = storage;
    this.head = head;
    this.header = head.header();
    this.order = header.refcountOrder();
    this.blockBits = header.clusterBits() + 3 - order;
    this.blocks = LiveTables.words(storage, header, CACHE);
    this.tableWrites = LiveTables.words(storage, header, LiveTables.PAGE);
    this.tableOffset = header.refcountTableOffset();
    this.end = header.clustersFor(storage.size());
    this.table = read();
  }

  private long[] read() throws IOException {
    long bytes = (long) header.refcountTableClusters() << header.clusterBits();
    MemorySegment stored = MemorySegment.ofArray(new byte[(int) bytes]);
    storage.read(tableOffset, stored);
    long[] entries = new long[(int) (bytes / Long.BYTES)];
    for (int i = 0; i < entries.length; i++) {
      entries[i] = stored.get(Qcow2Header.LONG, (long) i * Long.BYTES);
      boolean aligned =
          (entries[i] & (header.clusterSize() - 1L | Entries.REFTABLE_RESERVED_MASK)) == 0;
      if (!aligned || entries[i] >>> header.clusterBits() >= end) {
        throw head.corrupt(
            "refcount table entry " + i + " is damaged: " + ImageHead.hex(entries[i]));
      }
    }
    return entries;
  }

  /** No cluster from this one on is in use. */
  long end() {
    return end;
  }

  /** Where the refcount blocks are, by their number; 0: nowhere. */
  long[] blockOffsets() {
    return table;
  }

  long at(long cluster) throws IOException {
    long index = cluster >>> blockBits;
    if (index >= table.length || table[(int) index] == 0) {
      return 0;
    }
    return blocks.at(wordOf(cluster)) >>> shiftOf(cluster) & mask();
  }

  void set(long cluster, long count) throws IOException {
    int index = Math.toIntExact(cluster >>> blockBits);
    if (index >= table.length || table[index] == 0) {
      addBlock(index);
    }
    long word = wordOf(cluster);
    long others = blocks.at(word) & ~(mask() << shiftOf(cluster));
    blocks.set(word, others | count << shiftOf(cluster));
  }

  /** Says that a cluster is referred to once less; answers whether it is free now. */
  boolean lower(long cluster) throws IOException {
    long count = at(cluster);
    if (count == 0) {
      throw head.corrupt("cluster " + cluster + " is in use, but its refcount is 0");
    }
    set(cluster, count - 1);
    if (count == 1) {
      cursor = Math.min(cursor, cluster);
    }
    return count == 1;
  }

  /** How often a cluster can be referred to at most. */
  long most() {
    return order == 6 ? Long.MAX_VALUE : mask();
  }

  private long mask() {
    return order == 6 ? -1 : (1L << (1 << order)) - 1;
  }

  private long wordOf(long cluster) {
    long within = cluster & (1L << blockBits) - 1;
    return (table[(int) (cluster >>> blockBits)] + (within << order >>> 6) * Long.BYTES)
        / Long.BYTES;
  }

  /** Bytes are in order from the highest on; within a byte the lowest bits come first. */
  private int shiftOf(long cluster) {
    int bit = (int) (cluster << order & 63);
    int width = 1 << order;
    return width >= 8 ? 64 - width - bit : 56 - (bit & ~7) + (bit & 7);
  }

  /**
   * Takes clusters that follow each other, each with a refcount of one.
   *
   * @param wanted at most so many
   */
  public Taken take(long wanted) throws IOException {
    if (failure != null) {
      throw new IOException(failure.getMessage(), failure);
    }
    long stop = Math.min(end, cursor + STRETCH);
    while (cursor < stop && at(cursor) != 0) {
      cursor++;
    }
    if (cursor < stop) {
      long first = cursor;
      long last = first + 1;
      while (last < Math.min(end, first + wanted) && at(last) == 0) {
        last++;
      }
      use(first, last - first);
      cursor = last;
      return new Taken(first, last - first, Content.ANYTHING);
    }
    long first = takeAtEnd(wanted);
    use(first, wanted);
    boolean zeros = storage.readsZeroWhereUnwritten();
    return new Taken(first, wanted, zeros ? Content.ZEROS : Content.ANYTHING);
  }

  /**
   * Clusters that were taken.
   *
   * @param cluster the first
   */
  public record Taken(long cluster, long count, Content content) {}

  private void use(long first, long count) throws IOException {
    long done = 0;
    try {
      for (; done < count; done++) {
        set(first + done, 1);
      }
    } catch (IOException e) {
      giveBack(first, done);
      throw e;
    }
  }

  /** Takes back what {@link #take} gave, of which nothing is stored. */
  void giveBack(long first, long count) {
    for (long cluster = first; cluster < first + count; cluster++) {
      try {
        set(cluster, 0);
        cursor = Math.min(cursor, cluster);
      } catch (IOException e) {
        // It stays in use without being so, and the next check finds it leaked.
        continue;
      }
    }
  }

  /** Moves the end of the file; what a refcount says is in use there is left alone. */
  private long takeAtEnd(long count) throws IOException {
    long first = end;
    for (long cluster = first; cluster < first + count; cluster++) {
      if (at(cluster) != 0) {
        first = cluster + 1;
      }
    }
    long last = first + count;
    if (last > Entries.OFFSET_MASK >>> header.clusterBits()) {
      throw tooLarge();
    }
    storage.truncate(Math.max(storage.size(), last << header.clusterBits()));
    end = last;
    return first;
  }

  private IOException tooLarge() {
    return new IOException(
        "qcow2 " + head.name() + ": the file would be too large for its cluster size");
  }

  /** What cannot fail comes last: a block that is in the table must have a refcount itself. */
  private void addBlock(int index) throws IOException {
    if (index >= table.length) {
      moveTable(index);
      if (table[index] != 0) {
        return; // the new table needed that block for itself
      }
    }
    long cluster = takeAtEnd(1);
    boolean countsItself = cluster >>> blockBits == index;
    if (!countsItself) {
      set(cluster, 1);
    }
    long offset = cluster << header.clusterBits();
    tableWrites.set(tableOffset / Long.BYTES + index, offset);
    blocks.fill(offset / Long.BYTES, (offset + header.clusterSize()) / Long.BYTES, 0);
    table[index] = offset;
    if (countsItself) {
      set(cluster, 1);
    }
  }

  /** A longer table at the end of the file; should that fail half-way, nothing more is written. */
  private void moveTable(int index) throws IOException {
    long entries = Math.max(index + 1L, (long) table.length * 3 / 2);
    long clusters = Math.ceilDiv(entries * Long.BYTES, header.clusterSize());
    if (clusters * header.clusterSize() > ImageHead.MAX_REFTABLE_BYTES) {
      throw tooLarge();
    }
    long first = takeAtEnd(clusters);
    former.add(new Taken(tableOffset >>> header.clusterBits(), tableClusters(), Content.ANYTHING));
    moved = true;
    tableOffset = first << header.clusterBits();
    table = Arrays.copyOf(table, (int) (clusters * header.clusterSize() / Long.BYTES));
    try {
      long word = tableOffset / Long.BYTES;
      tableWrites.fill(word, word + table.length, 0);
      for (int i = 0; i < table.length; i++) {
        tableWrites.set(word + i, table[i]);
      }
      use(first, clusters);
    } catch (IOException e) {
      failure = e;
      throw e;
    }
  }

  private int tableClusters() {
    return (int) ((long) table.length * Long.BYTES / header.clusterSize());
  }

  /** How many bytes of memory hold changes. */
  long changedBytes() {
    return blocks.changedBytes() + tableWrites.changedBytes();
  }

  /** Takes all changes out, to be written. */
  public Changes changes() throws IOException {
    if (failure != null) {
      throw new IOException(failure.getMessage(), failure);
    }
    return new Changes();
  }

  /** Changes on their way to the medium; closing puts back what was not written. */
  public final class Changes implements AutoCloseable {
    private final WritableTable.Changes ofBlocks = blocks.take();
    private final WritableTable.Changes ofTable = tableWrites.take();
    private final boolean moves = moved;
    private final List<Taken> given = former;
    private final long offset = tableOffset;
    private final int clusters = tableClusters();
    private boolean written;

    private Changes() {
      moved = false;
      former = new ArrayList<>();
    }

    /**
     * Writes refcount blocks, then what points to them. When this returns they are on the medium,
     * and so is everything that was written before.
     */
    public void write(Barrier barrier) throws IOException {
      boolean tableChanges = !ofTable.isEmpty();
      ofBlocks.write();
      if (moves) {
        ofTable.write();
      }
      barrier.pass();
      if (moves) {
        new HeaderUpdate(storage).refcountTable(offset, clusters).put();
      } else {
        ofTable.write();
      }
      if (tableChanges) {
        barrier.pass();
      }
      written = true;
    }

    /** Clusters that nothing points to any more, once written. */
    List<Taken> former() {
      return given;
    }

    /** Under the image's lock. */
    @Override
    public void close() {
      ofBlocks.close();
      ofTable.close();
      if (!written) {
        moved |= moves;
        former.addAll(given);
      }
    }
  }
}
