package dev.platter.qcow2.check;

import dev.platter.image.Fault;
import dev.platter.qcow2.format.ImageHead;
import dev.platter.qcow2.format.Qcow2Header;
import dev.platter.qcow2.format.RefcountWidth;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.stream.LongStream;

/**
 * New refcounts in new space, made from the references that were counted ("Host cluster
 * management"). First all places are found, its own among them; then everything is written where
 * nothing points to yet. It counts once the header says so.
 */
public final class RefcountRebuild {
  private static final int MAX_ENTRIES = (int) (ImageHead.MAX_REFTABLE_BYTES / Long.BYTES);

  private final Qcow2Header header;
  private final ReferenceCounts counts;
  private final int order;
  private final int blockBits;

  /** Clusters of the blocks, 0 for none. */
  private long[] blocks = new long[0];

  /** Entries of {@link #blocks} in use. */
  private int entries;

  private long tableCluster;
  private int tableClusters;

  private RefcountRebuild(Qcow2Header header, ReferenceCounts counts, int order) {
    this.header = header;
    this.counts = counts;
    this.order = order;
    this.blockBits = header.clusterBits() + 3 - order;
  }

  /** Finds places for refcounts of all that is counted. */
  public static RefcountRebuild plan(ImageHead head, ReferenceCounts counts, FreeClusters free)
      throws IOException {
    return plan(head, counts, free, head.header().refcountOrder());
  }

  /** The same for refcounts of another width, {@code 1 << order} bits. */
  public static RefcountRebuild plan(
      ImageHead head, ReferenceCounts counts, FreeClusters free, int order) throws IOException {
    RefcountRebuild rebuild = new RefcountRebuild(head.header(), counts, order);
    while (rebuild.findPlaces(head, free)) {
      // What was found is counted, too, and may need another block.
    }
    return rebuild;
  }

  private boolean findPlaces(ImageHead head, FreeClusters free) throws IOException {
    boolean found = false;
    for (long cluster = 0; cluster < counts.end(); ) {
      cluster = counts.nextCounted(cluster, counts.end());
      if (cluster == counts.end() || counts.at(cluster) == 0) {
        cluster++;
        continue;
      }
      long index = cluster >>> blockBits;
      if (index >= MAX_ENTRIES) {
        throw Fault.in("qcow2", head.name())
            .unsupported("the file is too large for its cluster size");
      }
      if (index >= blocks.length) {
        int length = (int) Math.min(MAX_ENTRIES, Math.max(index + 1, blocks.length * 2L));
        blocks = Arrays.copyOf(blocks, length);
      }
      if (blocks[(int) index] == 0) {
        blocks[(int) index] = free.take(1);
        entries = Math.max(entries, (int) index + 1);
        found = true;
      }
      cluster = index + 1 << blockBits;
    }
    long needed = header.clustersFor((long) entries * Long.BYTES);
    if (needed > tableClusters) {
      for (int i = 0; i < tableClusters; i++) {
        counts.set(tableCluster + i, 0);
      }
      tableCluster = free.take(needed);
      tableClusters = (int) needed;
      found = true;
    }
    return found;
  }

  public long tableOffset() {
    return tableCluster << header.clusterBits();
  }

  public int tableClusters() {
    return tableClusters;
  }

  /** Where table and blocks are. */
  public long[] clusters() {
    LongStream table = LongStream.range(tableCluster, tableCluster + tableClusters);
    return LongStream.concat(table, Arrays.stream(blocks).filter(block -> block != 0)).toArray();
  }

  /** Writes blocks and table; the caller syncs. */
  public void write(WritableStorage storage) throws IOException {
    byte[] table = new byte[tableClusters << header.clusterBits()];
    MemorySegment words = MemorySegment.ofArray(table);
    MemorySegment block = MemorySegment.ofArray(new byte[header.clusterSize()]);
    for (int index = 0; index < entries; index++) {
      if (blocks[index] != 0) {
        fill(block, (long) index << blockBits);
        long offset = blocks[index] << header.clusterBits();
        storage.write(offset, block);
        words.set(Qcow2Header.LONG, (long) index * Long.BYTES, offset);
      }
    }
    storage.write(tableOffset(), words);
  }

  private void fill(MemorySegment block, long first) throws IOException {
    block.fill((byte) 0);
    long end = first + (1L << blockBits);
    for (long at = counts.nextCounted(first, end); at < end; at = counts.nextCounted(at + 1, end)) {
      RefcountWidth.set(block, at - first, order, counts.at(at));
    }
  }
}
