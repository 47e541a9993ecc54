package dev.platter.qcow2.check;

import dev.platter.image.Fault;
import dev.platter.image.IllegalOptionException;
import dev.platter.qcow2.format.Entries;
import dev.platter.qcow2.format.ImageHead;
import dev.platter.qcow2.format.Qcow2Header;
import dev.platter.qcow2.format.RefcountWidth;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.TreeMap;

/**
 * The refcounts of an image that is being changed ("Host cluster management"). Changes are kept
 * until {@link #flush}; a refcount that is too high for a while costs space, one that is too low
 * data, so callers flush after they raised counts and before they write pointers, and lower counts
 * only when no pointer is left.
 */
final class StoredRefcounts {
  private final WritableStorage storage;
  private final Qcow2Header header;
  private final int clusterSize;
  private final int order;
  private final int blockBits;
  private final Map<Integer, MemorySegment> blocks = new TreeMap<>();
  private long[] table;
  private long tableOffset;
  private boolean tableChanged;
  private boolean tableMoved;
  private long next;

  private StoredRefcounts(WritableStorage storage, Qcow2Header header, long firstFree) {
    this.storage = storage;
    this.header = header;
    this.clusterSize = header.clusterSize();
    this.order = header.refcountOrder();
    this.blockBits = header.clusterBits() + 3 - order;
    this.tableOffset = header.refcountTableOffset();
    this.next = firstFree;
  }

  /**
   * @param firstFree a cluster from which on nothing is in use: the end of the file, or behind it
   */
  static StoredRefcounts read(WritableStorage storage, ImageHead head, long firstFree)
      throws IOException {
    Qcow2Header header = head.header();
    StoredRefcounts refcounts = new StoredRefcounts(storage, header, firstFree);
    long bytes = (long) header.refcountTableClusters() << header.clusterBits();
    MemorySegment stored = MemorySegment.ofArray(new byte[(int) bytes]);
    storage.read(header.refcountTableOffset(), stored);
    refcounts.table = new long[(int) (bytes / Long.BYTES)];
    for (int i = 0; i < refcounts.table.length; i++) {
      refcounts.table[i] = stored.get(Qcow2Header.LONG, (long) i * Long.BYTES);
      if ((refcounts.table[i] & (clusterSizeMask(header) | Entries.REFTABLE_RESERVED_MASK)) != 0) {
        throw head.corrupt("refcount table entry " + i + " is damaged");
      }
    }
    return refcounts;
  }

  private static long clusterSizeMask(Qcow2Header header) {
    return header.clusterSize() - 1L;
  }

  /** Where the refcount table is, or will be once the header says so. */
  long tableOffset() {
    return tableOffset;
  }

  /** The clusters of the refcount table. */
  int tableClusters() {
    return (int) ((long) table.length * Long.BYTES / clusterSize);
  }

  /** The first cluster from which on nothing is in use. */
  long end() {
    return next;
  }

  long at(long cluster) throws IOException {
    int index = Math.toIntExact(cluster >>> blockBits);
    if (index >= table.length || table[index] == 0) {
      return 0;
    }
    return RefcountWidth.get(block(index), cluster & (1L << blockBits) - 1, order);
  }

  void set(long cluster, long count) throws IOException {
    int index = Math.toIntExact(cluster >>> blockBits);
    if (index >= table.length || table[index] == 0) {
      addBlock(index);
    }
    RefcountWidth.set(block(index), cluster & (1L << blockBits) - 1, order, count);
  }

  /**
   * Takes clusters that follow each other at the end of the file, each with a refcount of one.
   *
   * @return where they begin, bytes
   */
  long allocate(long clusters) throws IOException {
    long first = take(clusters);
    for (long i = 0; i < clusters; i++) {
      set(first + i, 1);
    }
    return first << header.clusterBits();
  }

  private long take(long clusters) throws IOException {
    long first = next;
    for (long cluster = first; cluster < first + clusters; cluster++) {
      if (at(cluster) != 0) {
        first = cluster + 1;
      }
    }
    next = first + clusters;
    return first;
  }

  private void addBlock(int index) throws IOException {
    if (index >= table.length) {
      moveTable(index);
      if (table[index] != 0) {
        return; // the new table needed that block for itself
      }
    }
    long cluster = take(1);
    table[index] = cluster << header.clusterBits();
    tableChanged = true;
    blocks.put(index, MemorySegment.ofArray(new byte[clusterSize]));
    set(cluster, 1);
  }

  /** A longer table at the end of the file; the old one is the caller's to give up. */
  private void moveTable(int index) throws IOException {
    long entries = Math.max(index + 1L, (long) table.length * 3 / 2);
    long clusters = Math.ceilDiv(entries * Long.BYTES, clusterSize);
    if (clusters * clusterSize > ImageHead.MAX_REFTABLE_BYTES) {
      throw new IllegalOptionException("The image file would be too large for its cluster size");
    }
    long[] longer = new long[(int) (clusters * clusterSize / Long.BYTES)];
    System.arraycopy(table, 0, longer, 0, table.length);
    long former = tableMoved ? tableOffset : -1;
    int formerClusters = tableClusters();
    table = longer;
    tableMoved = true;
    tableChanged = true;
    tableOffset = allocate(clusters);
    for (int i = 0; former >= 0 && i < formerClusters; i++) {
      set((former >>> header.clusterBits()) + i, 0);
    }
  }

  private MemorySegment block(int index) throws IOException {
    MemorySegment block = blocks.get(index);
    if (block == null) {
      block = MemorySegment.ofArray(new byte[clusterSize]);
      storage.read(table[index], block);
      blocks.put(index, block);
    }
    return block;
  }

  /** Brings everything to the medium, blocks before the table that points to them. */
  void flush() throws IOException {
    for (Map.Entry<Integer, MemorySegment> block : blocks.entrySet()) {
      storage.write(table[block.getKey()], block.getValue());
    }
    blocks.clear();
    storage.sync();
    if (tableChanged) {
      MemorySegment bytes = MemorySegment.ofArray(new byte[table.length * Long.BYTES]);
      for (int i = 0; i < table.length; i++) {
        bytes.set(Qcow2Header.LONG, (long) i * Long.BYTES, table[i]);
      }
      storage.write(tableOffset, bytes);
      storage.sync();
      tableChanged = false;
    }
  }

  /** Says that a cluster is referred to once less. */
  void lower(long cluster) throws IOException {
    long count = at(cluster);
    if (count <= 0) {
      throw Fault.in("qcow2", storage.name())
          .corrupt("cluster " + cluster + " is in use, but its refcount is 0");
    }
    set(cluster, count - 1);
  }
}
