package dev.platter.qcow2.live;

import dev.platter.image.spi.Allocation;
import dev.platter.image.spi.BlockEncoder;
import dev.platter.qcow2.format.Entries;
import dev.platter.qcow2.format.ImageHead;
import dev.platter.qcow2.format.Qcow2Header;
import dev.platter.qcow2.write.ClusterEncoder;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Places for compressed clusters of an image in use: one behind the other, several in a cluster,
 * which counts each that it holds a part of. Each begins at a sector, so that none is written where
 * a part of another lies. Guarded by the image's lock.
 */
final class CompressedPlaces {
  private final WritableStorage storage;
  private final Qcow2Header header;
  private final LiveRefcounts refcounts;
  private final MetadataClusters metadata;
  private final int bits;

  /** Where the next one may begin, bytes; a multiple of the cluster size: in a new cluster. */
  private long next;

  CompressedPlaces(
      WritableStorage storage, ImageHead head, LiveRefcounts refcounts, MetadataClusters metadata) {
    this.storage = storage;
    this.header = head.header();
    this.refcounts = refcounts;
    this.metadata = metadata;
    this.bits = header.clusterBits();
  }

  /**
   * One compressed cluster.
   *
   * @param entry what its L2 entry becomes
   * @param first the first of the clusters that count it
   * @param last the last of them
   */
  record Packed(long offset, long length, List<Place> places, long entry, long first, long last)
      implements Allocation {}

  /** Data files have no room for what is compressed. */
  Optional<BlockEncoder> newEncoder() {
    return header.hasDataFile()
        ? Optional.empty()
        : Optional.of(
            new ClusterEncoder(header.compression(), OptionalInt.empty(), header.clusterSize()));
  }

  /**
   * A place for the stored form of the guest cluster at {@code offset}.
   *
   * @return empty where it would take as much as the cluster itself, or lie where no entry of a
   *     compressed cluster can point
   */
  Optional<Allocation> allocate(long offset, int length) throws IOException {
    int room = (length + Entries.SECTOR - 1) & -Entries.SECTOR;
    if (room >= header.clusterSize()) {
      return Optional.empty();
    }
    List<Long> counted = new ArrayList<>();
    long host;
    try {
      host = take(room, counted);
    } catch (IOException e) {
      giveBack(counted);
      throw e;
    }
    if (host + room > 1L << Entries.compressedOffsetBits(bits)) {
      giveBack(counted);
      next = 0;
      return Optional.empty();
    }
    next = host + room;
    return Optional.of(
        new Packed(
            offset,
            header.clusterSize(),
            List.of(
                new Allocation.Place(offset, length, storage, host, Allocation.Content.ANYTHING)),
            Entries.compressedEntry(host, length, bits),
            counted.getFirst(),
            counted.getLast()));
  }

  private long take(int room, List<Long> counted) throws IOException {
    long begun = next & header.clusterSize() - 1L;
    long cluster = next >>> bits;
    boolean goesOn = begun > 0 && refcounts.at(cluster) < refcounts.most();
    if (goesOn && begun + room <= header.clusterSize()) {
      refcounts.set(cluster, refcounts.at(cluster) + 1);
      counted.add(cluster);
      return next;
    }
    LiveRefcounts.Taken taken = refcounts.take(1);
    counted.add(taken.cluster());
    metadata.mustNotHold(taken.cluster());
    if (goesOn && taken.cluster() == cluster + 1) {
      refcounts.set(cluster, refcounts.at(cluster) + 1);
      counted.addFirst(cluster);
      return next;
    }
    return taken.cluster() << bits;
  }

  /**
   * Lets the guest cluster be what its place holds.
   *
   * @param givenUp gets the clusters that what was there before is counted in
   */
  void commit(Packed done, LiveTables tables, List<Long> givenUp) throws IOException {
    long cluster = done.offset() >>> bits;
    long old = tables.entryAt(cluster);
    tables.set(cluster, done.entry(), 0);
    if ((old & Entries.COMPRESSED) != 0) {
      addClustersOf(old, givenUp);
    } else if (Entries.hasHost(header, old)) {
      givenUp.add((old & Entries.OFFSET_MASK) >>> bits);
    }
  }

  /** Adds the clusters that count what an entry of a compressed cluster points to. */
  void addClustersOf(long entry, List<Long> clusters) {
    long offset = Entries.compressedOffset(entry, bits);
    long last = offset + Entries.compressedLength(entry, bits) - 1;
    for (long cluster = offset >>> bits; cluster <= last >>> bits; cluster++) {
      clusters.add(cluster);
    }
  }

  /** Takes back a place, to which nothing on the medium points. */
  void giveBack(Packed undone) {
    List<Long> counted = new ArrayList<>();
    for (long cluster = undone.first(); cluster <= undone.last(); cluster++) {
      counted.add(cluster);
    }
    giveBack(counted);
  }

  private void giveBack(List<Long> counted) {
    for (long cluster : counted) {
      try {
        if (refcounts.lower(cluster)) {
          freed(cluster);
        }
      } catch (IOException e) {
        // It stays counted, and the next check finds it leaked.
        continue;
      }
    }
  }

  /** A cluster is free again, and may become anything. */
  void freed(long cluster) {
    if (next >>> bits == cluster) {
      next = 0;
    }
  }
}
