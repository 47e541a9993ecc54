package dev.platter.guest.files.fat;

import dev.platter.guest.files.MappedSource;
import dev.platter.image.CorruptImageException;
import dev.platter.image.Fault;
import java.io.IOException;
import java.util.Arrays;

/** The bytes of a file or directory: a chain of clusters, followed as far as it was asked for. */
final class FatChain extends MappedSource {
  /** Clusters that lie one after the other are read at once, up to so many. */
  private static final int MAX_JOINED = 256;

  private final FatTable table;
  private int[] clusters = new int[16]; // by place in the chain; less than 2^28
  private int known = 1;

  FatChain(String name, FatTable table, long first, long size) {
    super(name, size, table.volume().budget());
    this.table = table;
    clusters[0] = (int) first;
  }

  @Override
  protected Piece pieceAt(long offset) throws IOException {
    int size = table.boot().clusterSize();
    long index = offset / size;
    long within = offset % size;
    long first = checked(at(index));
    long end = (size() + size - 1) / size;
    long count = 1;
    while (count < MAX_JOINED && index + count < end && at(index + count) == first + count) {
      count++;
    }
    return new Piece(count * size - within, table.volume(), table.offsetOf(first) + within);
  }

  /** The cluster of that place in the chain, or what the table has for its end. */
  private long at(long index) throws IOException {
    while (known <= index) {
      step();
      if (known > table.boot().clusters()) {
        throw Fault.on(name()).corrupt("a chain of more clusters than there are: it is a loop");
      }
      if (known == clusters.length) {
        clusters = Arrays.copyOf(clusters, known * 2);
      }
      clusters[known] = (int) table.next(checked(clusters[known - 1]));
      known++;
    }
    return clusters[(int) index];
  }

  private long checked(long cluster) throws CorruptImageException {
    if (!table.has(cluster)) {
      throw Fault.on(name())
          .corrupt(
              "cluster " + cluster + " of " + table.boot().clusters() + " in the middle of a file");
    }
    return cluster;
  }

  /** Whether the chain has a cluster of that place. */
  boolean reaches(long offset) throws IOException {
    return table.has(at(offset / table.boot().clusterSize()));
  }
}
