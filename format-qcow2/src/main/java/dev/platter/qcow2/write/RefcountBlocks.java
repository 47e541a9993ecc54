package dev.platter.qcow2.write;

import dev.platter.qcow2.format.Qcow2Header;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * The refcounts of clusters that may still change, in the form of refcount blocks. Blocks are
 * closed from the front as soon as all their clusters have been handed out, so only the newest are
 * in memory.
 */
final class RefcountBlocks {
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  private final Geometry geometry;
  private final long entries;

  /** Blocks from {@link #first} on; those full of ones are all {@link #ones}. */
  private final List<MemorySegment> open = new ArrayList<>();

  private long first;

  /** The blocks before this one have been looked at by {@link #shareFull}. */
  private long settled;

  private MemorySegment ones;

  RefcountBlocks(Geometry geometry) {
    this.geometry = geometry;
    this.entries = geometry.refblockEntries();
  }

  /** The first block that is still open, as an index into the refcount table. */
  long first() {
    return first;
  }

  /** How many blocks are open. */
  int count() {
    return open.size();
  }

  /** An open block, counted from {@link #first}. */
  MemorySegment block(int index) {
    return open.get(index);
  }

  /** Takes the first open block out. */
  MemorySegment close() {
    first++;
    return open.removeFirst();
  }

  /** Sets the refcounts of clusters that were free until now to one. */
  void use(long cluster, long count) {
    long end = cluster + count;
    for (long at = cluster; at < end; ) {
      long index = at / entries;
      long stop = Math.min(end, (index + 1) * entries);
      int slot = Math.toIntExact(index - first);
      if (slot == open.size()) {
        open.add(stop - at == entries ? ones() : empty());
      }
      if (stop - at < entries) {
        for (; at < stop; at++) {
          set(at, 1);
        }
      }
      at = stop;
    }
  }

  /** Lets open blocks that are full of ones be one and the same, but for the first of all. */
  void shareFull() {
    for (settled = Math.max(settled, 1); settled < first + open.size() - 1; settled++) {
      int slot = (int) (settled - first);
      if (open.get(slot).mismatch(ones()) < 0) {
        open.set(slot, ones());
      }
    }
  }

  /** Adds one to the refcount of a cluster in use, if its width allows. */
  boolean increment(long cluster) {
    long count = get(cluster);
    if (count == geometry.maxRefcount()) {
      return false;
    }
    set(cluster, count + 1);
    return true;
  }

  private long get(long cluster) {
    MemorySegment block = open.get((int) (cluster / entries - first));
    long index = cluster % entries;
    return switch (geometry.refcountOrder()) {
      case 0, 1, 2 -> (byteAt(block, index) >>> shift(index)) & geometry.maxRefcount();
      case 3 -> block.get(ValueLayout.JAVA_BYTE, index) & 0xffL;
      case 4 -> block.get(SHORT, index * 2) & 0xffffL;
      case 5 -> block.get(Qcow2Header.INT, index * 4) & 0xffff_ffffL;
      default -> block.get(Qcow2Header.LONG, index * 8);
    };
  }

  private void set(long cluster, long count) {
    set(open.get((int) (cluster / entries - first)), cluster % entries, count);
  }

  /** Sets a refcount in a block, by its place in that. */
  void set(MemorySegment block, long index, long count) {
    switch (geometry.refcountOrder()) {
      case 0, 1, 2 -> {
        long rest = byteAt(block, index) & ~(geometry.maxRefcount() << shift(index));
        block.set(ValueLayout.JAVA_BYTE, byteIndex(index), (byte) (rest | count << shift(index)));
      }
      case 3 -> block.set(ValueLayout.JAVA_BYTE, index, (byte) count);
      case 4 -> block.set(SHORT, index * 2, (short) count);
      case 5 -> block.set(Qcow2Header.INT, index * 4, (int) count);
      default -> block.set(Qcow2Header.LONG, index * 8, count);
    }
  }

  private long byteAt(MemorySegment block, long index) {
    return block.get(ValueLayout.JAVA_BYTE, byteIndex(index)) & 0xffL;
  }

  /**
   * Where a refcount narrower than a byte lies; its lowest bit is {@link #shift} bits up in that
   * byte.
   */
  private long byteIndex(long index) {
    return index >>> (3 - geometry.refcountOrder());
  }

  private int shift(long index) {
    return (int) (index << geometry.refcountOrder()) & 7;
  }

  private MemorySegment empty() {
    return MemorySegment.ofArray(new byte[geometry.clusterSize()]);
  }

  private MemorySegment ones() {
    if (ones == null) {
      ones = empty();
      for (long index = 0; index < entries; index++) {
        set(ones, index, 1);
      }
    }
    return ones;
  }
}
