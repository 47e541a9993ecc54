package dev.platter.qcow2.check;

import dev.platter.qcow2.format.Entries;
import dev.platter.qcow2.format.ImageHead;
import dev.platter.qcow2.format.LenientReader;
import dev.platter.qcow2.format.Qcow2Header;
import dev.platter.qcow2.format.RefcountWidth;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The refcounts that an image stores ("Host cluster management"), for a check, in any width. Some
 * refcount blocks are kept, because data clusters refer to them in any order.
 */
final class Refcounts {
  /** There is a block, but not where a block can be. */
  static final long UNREADABLE = -1;

  /** Refcounts of 16 bits, the usual ones. */
  private static final int SHORT_ORDER = 4;

  private static final int CACHE_BYTES = 16 << 20;
  private static final int MAX_CACHED_BLOCKS = 4096;

  private final LenientReader reader;
  private final int clusterBits;
  private final int order;
  private final int blockBits;
  private final long[] table;
  private final Arena arena;
  private final MemorySegment[] blocks;
  private final long[] blockIndexes;
  private final short[] stretch = new short[ReferenceCounts.PAGE_CLUSTERS];

  Refcounts(ImageHead head, LenientReader reader, Arena arena) throws IOException {
    Qcow2Header header = head.header();
    this.reader = reader;
    this.clusterBits = header.clusterBits();
    this.order = header.refcountOrder();
    this.blockBits = clusterBits + 3 - order;
    long bytes = (long) header.refcountTableClusters() << clusterBits;
    long present = Math.clamp(reader.fileSize() - header.refcountTableOffset(), 0, bytes);
    this.table = new long[(int) (present / Long.BYTES)];
    reader.forEachWord(
        header.refcountTableOffset(), present, (index, value) -> table[(int) index] = value);
    this.arena = arena;
    this.blocks =
        new MemorySegment[Math.min(MAX_CACHED_BLOCKS, CACHE_BYTES / header.clusterSize())];
    this.blockIndexes = new long[blocks.length];
  }

  /** Entries of the refcount table that lie in the file. */
  int tableSize() {
    return table.length;
  }

  /** An entry of the refcount table as stored. */
  long tableEntry(int index) {
    return table[index];
  }

  /** Clusters that one refcount block counts. */
  long blockClusters() {
    return 1L << blockBits;
  }

  /** The greatest refcount that the width can hold; all that fits a long where that is more. */
  long max() {
    return order == 6 ? Long.MAX_VALUE : (1L << (1 << order)) - 1;
  }

  /**
   * Whether all refcounts of the block with that index are 0 because there is none, or it is a
   * hole.
   */
  boolean isEmpty(long index) throws IOException {
    long offset = index < table.length ? table[(int) index] & Entries.REFBLOCK_OFFSET_MASK : 0;
    return offset == 0 || aligned(offset) && reader.isHole(offset, 1L << clusterBits);
  }

  /** The refcount of a cluster, or {@link #UNREADABLE}. */
  long at(long cluster) throws IOException {
    long index = cluster >>> blockBits;
    if (index >= table.length) {
      return 0;
    }
    long offset = table[(int) index] & Entries.REFBLOCK_OFFSET_MASK;
    if (offset == 0) {
      return 0;
    }
    if (!aligned(offset)) {
      return UNREADABLE;
    }
    return RefcountWidth.get(block(index, offset), cluster & (1L << blockBits) - 1, order);
  }

  /**
   * How many clusters, one after the other, have as many references as their refcounts say, none or
   * one; 0 also where that is not told so quickly.
   *
   * @param cluster the first of them; all are counted by one block
   * @param references numbers of references; from {@code from} on those of these clusters
   */
  int agreeing(long cluster, byte[] references, int from, int count) throws IOException {
    long index = cluster >>> blockBits;
    long offset = index < table.length ? table[(int) index] & Entries.REFBLOCK_OFFSET_MASK : 0;
    if (order != SHORT_ORDER || offset == 0 || !aligned(offset)) {
      return 0;
    }
    long first = (cluster & (1L << blockBits) - 1) * Short.BYTES;
    MemorySegment.copy(block(index, offset), Qcow2Header.SHORT, first, stretch, 0, count);
    int same = 0;
    while (same < count && stretch[same] == references[from + same] && (stretch[same] & ~1) == 0) {
      same++;
    }
    return same;
  }

  private MemorySegment block(long index, long offset) throws IOException {
    int slot = (int) (index & blocks.length - 1);
    if (blocks[slot] == null) {
      blocks[slot] = arena.allocate(1L << clusterBits, 8);
    } else if (blockIndexes[slot] == index) {
      return blocks[slot];
    }
    blockIndexes[slot] = index;
    reader.read(offset, blocks[slot]);
    return blocks[slot];
  }

  private boolean aligned(long offset) {
    return (offset & (1L << clusterBits) - 1) == 0;
  }
}
