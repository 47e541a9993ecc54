package dev.platter.qcow2.write;

import dev.platter.image.BlockMap;
import dev.platter.image.Extent;
import dev.platter.image.FormatOptions;
import dev.platter.image.Measurement;
import dev.platter.image.Sizes;
import dev.platter.storage.Holes;
import dev.platter.storage.Run;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * How large the file of a new image becomes: the clusters that hold data, and the tables of a disk
 * that is full, because they can come to be needed. qemu-img counts the same, so that a volume made
 * by either's figure is large enough for both.
 */
public final class FileSize {
  private final Geometry geometry;
  private final long clusterSize;
  private final long size;

  /** The holes of the storage that was looked at last, and whether they are told from data. */
  private Holes holes;

  private boolean holesCount;

  /** Clusters of what encryption adds. */
  private final long more;

  private FileSize(Geometry geometry, long moreBytes) {
    this.geometry = geometry;
    this.more = Sizes.ceilDiv(moreBytes, geometry.clusterSize());
    this.clusterSize = geometry.clusterSize();
    this.size = geometry.clusters() * clusterSize;
  }

  /**
   * Measures.
   *
   * @param overBacking whether the new image has a backing file, of which nothing is known
   * @param source what the image would hold; empty: nothing
   */
  public static Measurement measure(
      long size, FormatOptions texts, boolean overBacking, Optional<BlockMap> source)
      throws IOException {
    Qcow2Options options = Qcow2Options.parse(texts);
    FileSize file = new FileSize(Geometry.of(size, options), NewEncryption.headerLength(texts));
    boolean reserves =
        options.preallocation() == Qcow2Options.Preallocation.FALLOC
            || options.preallocation() == Qcow2Options.Preallocation.FULL;
    long data;
    if (reserves || source.isPresent() && overBacking) {
      data = file.size;
    } else {
      data = source.isPresent() ? file.dataClusters(source.get()) * file.clusterSize : 0;
    }
    long tables = file.tableBytes();
    return new Measurement(tables + data, tables + file.size, OptionalLong.empty());
  }

  /** The clusters in which the source holds anything but zeros. */
  private long dataClusters(BlockMap source) throws IOException {
    long clusters = 0;
    long counted = 0;
    long at = 0;
    while (at < source.size()) {
      Extent extent = withoutHole(source.extentAt(at, source.size()));
      if (extent.readsZero()) {
        at = extent.end();
        continue;
      }
      long first = Math.max(at / clusterSize, counted);
      long end = Sizes.ceilDiv(extent.end(), clusterSize);
      clusters += end - first;
      counted = end;
      at = Math.min(source.size(), end * clusterSize);
    }
    return clusters;
  }

  /**
   * Data ends where its file has a hole, if so much of the file is holes that its space was only
   * set aside, not written; the same share as for qemu-img.
   */
  private Extent withoutHole(Extent extent) throws IOException {
    if (!(extent instanceof Extent.Data data)) {
      return extent;
    }
    Storage storage = data.storage();
    if (holes == null || holes.storage() != storage) {
      holes = new Holes(storage);
      long allocated = storage.allocatedSize();
      holesCount = allocated + Math.max(allocated / 9, 2 * clusterSize) <= storage.size();
    }
    if (!holesCount || data.hostOffset() >= holes.size()) {
      return data;
    }
    Run run = holes.runAt(data.hostOffset(), data.hostOffset() + data.length());
    return run.hole()
        ? new Extent.Zero(data.offset(), run.length())
        : data.slice(data.offset(), run.length());
  }

  /** The header, the mapping of all of the disk, and the refcounts of everything. */
  private long tableBytes() {
    long l1Clusters = Sizes.ceilDiv(geometry.l1Entries() * Long.BYTES, clusterSize);
    long counted = 1 + more + l1Clusters + geometry.l1Entries() + geometry.clusters();
    long perBlock = clusterSize * Byte.SIZE >> geometry.refcountOrder();
    long blocks = 0;
    long table = 0;
    long before;
    do {
      // The refcount blocks and their table have refcounts themselves.
      before = blocks + table;
      blocks = Sizes.ceilDiv(counted + before, perBlock);
      table = Sizes.ceilDiv(blocks * Long.BYTES, clusterSize);
    } while (blocks + table != before);
    return (counted + blocks + table) * clusterSize - size;
  }
}
