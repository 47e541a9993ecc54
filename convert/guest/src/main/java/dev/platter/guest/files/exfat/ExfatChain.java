package dev.platter.guest.files.exfat;

import dev.platter.guest.files.MappedSource;
import dev.platter.guest.files.Source;
import dev.platter.image.CorruptImageException;
import dev.platter.image.Fault;
import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;

/**
 * The bytes of a file or directory: clusters in a row, or a chain of them, followed as far as it
 * was asked for. What lies behind the bytes that were written is zeros.
 */
final class ExfatChain extends MappedSource {
  /** Stands for the end of a chain. */
  private static final long END = 0xFFFFFFFFL;

  private final Source volume;
  private final ExfatBootSector boot;
  private final ExfatAllocation allocation;

  /** The first clusters of runs, by their place in the chain. */
  private final TreeMap<Long, Long> runs = new TreeMap<>();

  private long known; // clusters of the chain
  private long last; // the last one of these
  private boolean isWhole;

  ExfatChain(String name, Source volume, ExfatBootSector boot, ExfatAllocation allocation) {
    super(name, allocation.length(), volume.budget());
    this.volume = volume;
    this.boot = boot;
    this.allocation = allocation;
  }

  @Override
  protected Piece pieceAt(long offset) throws IOException {
    if (offset >= allocation.valid()) {
      return Piece.zeros(size() - offset);
    }
    long size = boot.clusterSize();
    long index = offset / size;
    long within = offset % size;
    long left = Math.min(allocation.valid(), size()) - offset;
    if (allocation.inOneRow()) {
      long count = (offset + left + size - 1) / size;
      requireThere(allocation.first());
      requireThere(allocation.first() + count - 1);
      return new Piece(left, volume, boot.offsetOf(allocation.first()) + offset);
    }
    if (!reaches(index)) {
      throw Fault.on(name())
          .corrupt("its chain has " + known + " clusters, and " + size() + " bytes need more");
    }
    Map.Entry<Long, Long> run = runs.floorEntry(index);
    Long next = runs.higherKey(index);
    long end = next == null ? known : next;
    long cluster = run.getValue() + index - run.getKey();
    return new Piece(
        Math.min((end - index) * size - within, left), volume, boot.offsetOf(cluster) + within);
  }

  private void requireThere(long cluster) throws CorruptImageException {
    if (!boot.has(cluster)) {
      throw Fault.on(name())
          .corrupt("cluster " + cluster + " of " + boot.clusters() + " in the middle of a file");
    }
  }

  /** Whether the chain has a cluster of that place. */
  boolean reaches(long index) throws IOException {
    while (known <= index && !isWhole) {
      step();
      long cluster =
          known == 0
              ? allocation.first()
              : volume.read(boot.fatOffset() + last * Integer.BYTES, Integer.BYTES).u32(0);
      if (known > 0 && cluster == END) {
        isWhole = true;
      } else {
        requireThere(cluster);
        if (known >= boot.clusters()) {
          throw Fault.on(name()).corrupt("a chain of more clusters than there are: it is a loop");
        }
        if (known == 0 || cluster != last + 1) {
          runs.put(known, cluster);
        }
        last = cluster;
        known++;
      }
    }
    return index < known;
  }

  /** Takes a run of clusters. */
  interface Runs {
    void run(long first, long count) throws IOException;
  }

  /** Hands out all clusters of it, those behind its end, too. */
  void eachRun(Runs taker) throws IOException {
    if (allocation.first() == 0 && allocation.length() == 0) {
      return;
    }
    if (allocation.inOneRow()) {
      long count = (size() + boot.clusterSize() - 1) / boot.clusterSize();
      requireThere(allocation.first());
      requireThere(allocation.first() + Math.max(count - 1, 0));
      taker.run(allocation.first(), count);
      return;
    }
    reaches(Long.MAX_VALUE - 1);
    for (Map.Entry<Long, Long> run : runs.entrySet()) {
      Long next = runs.higherKey(run.getKey());
      taker.run(run.getValue(), (next == null ? known : next) - run.getKey());
    }
  }
}
