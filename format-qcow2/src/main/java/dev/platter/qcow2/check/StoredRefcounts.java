package dev.platter.qcow2.check;

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
 * The refcounts of an image, to be lowered where they stand ("Host cluster management"). One that
 * is too high costs space, one that is too low data: they are lowered once no pointer is left.
 */
final class StoredRefcounts {
  private final WritableStorage storage;
  private final ImageHead head;
  private final Qcow2Header header;
  private final int blockBits;
  private final MemorySegment table;
  private final Map<Long, MemorySegment> blocks = new TreeMap<>();

  private StoredRefcounts(WritableStorage storage, ImageHead head, MemorySegment table) {
    this.storage = storage;
    this.head = head;
    this.header = head.header();
    this.blockBits = header.clusterBits() + 3 - header.refcountOrder();
    this.table = table;
  }

  static StoredRefcounts read(WritableStorage storage, ImageHead head) throws IOException {
    long bytes = (long) head.header().refcountTableClusters() << head.header().clusterBits();
    MemorySegment table = MemorySegment.ofArray(new byte[(int) bytes]);
    storage.read(head.header().refcountTableOffset(), table);
    StoredRefcounts refcounts = new StoredRefcounts(storage, head, table);
    for (long i = 0; i < bytes / Long.BYTES; i++) {
      refcounts.blockOffset(i);
    }
    return refcounts;
  }

  private long blockOffset(long index) throws IOException {
    long entry = table.get(Qcow2Header.LONG, index * Long.BYTES);
    if ((entry & (header.clusterSize() - 1L | Entries.REFTABLE_RESERVED_MASK)) != 0) {
      throw head.corrupt("refcount table entry " + index + " is damaged");
    }
    return entry;
  }

  /** Sets a refcount that is higher, and which therefore is in a block that there is. */
  void lower(long cluster, long count) throws IOException {
    long offset = blockOffset(cluster >>> blockBits);
    MemorySegment block = blocks.get(offset);
    if (block == null) {
      block = MemorySegment.ofArray(new byte[header.clusterSize()]);
      storage.read(offset, block);
      blocks.put(offset, block);
    }
    RefcountWidth.set(block, cluster & (1L << blockBits) - 1, header.refcountOrder(), count);
  }

  /** Brings everything to the medium. */
  void flush() throws IOException {
    for (Map.Entry<Long, MemorySegment> block : blocks.entrySet()) {
      storage.write(block.getKey(), block.getValue());
    }
    blocks.clear();
    storage.sync();
  }
}
