package dev.platter.qcow2.live;

import dev.platter.image.CorruptImageException;
import dev.platter.image.DirtyBitmap;
import dev.platter.qcow2.format.BitmapDirectory;
import dev.platter.qcow2.format.BitmapEntry;
import dev.platter.qcow2.format.ImageHead;
import dev.platter.qcow2.format.Qcow2Header;
import dev.platter.storage.WritableStorage;
import dev.platter.storage.WritableTable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The dirty bitmaps of an image in use ("Bitmaps"): the enabled ones are told of every change.
 * While the disk is written to they are marked as in use, so that nobody relies on what is stored
 * of them; bits therefore reach the medium when memory wants them to, and for good when the image
 * is closed. Only what counts a cluster as used comes before a table that points to it, as with all
 * tables of the image.
 *
 * <p>Bits are changed under the image's lock, and read without.
 */
final class LiveBitmaps {
  private static final int CACHE = 4 << 20;

  /** The most bits that one bitmap may have, bytes, as in QEMU. */
  private static final long MOST_BITS_BYTES = 512L << 20;

  /** How many clusters of bits are known of, all bitmaps together. */
  private static final long MOST_CLUSTERS = 1 << 17;

  private final ImageHead head;
  private final Qcow2Header header;
  private final LiveRefcounts refcounts;
  private final MetadataClusters metadata;
  private final WritableTable tables;
  private final WritableTable bits;
  private final List<LiveBitmap> marked = new ArrayList<>();
  private final List<DirtyBitmap> all = new ArrayList<>();
  private final List<Flags> enabled = new ArrayList<>();
  private final List<Flags> kept = new ArrayList<>();

  /**
   * Where an entry of the directory stands, and the flags that it had when the image was opened.
   */
  record Flags(long position, int stored) {}

  private LiveBitmaps(
      WritableStorage storage, ImageHead head, LiveRefcounts refcounts, MetadataClusters metadata) {
    this.head = head;
    this.header = head.header();
    this.refcounts = refcounts;
    this.metadata = metadata;
    this.tables = LiveTables.words(storage, header, LiveTables.PAGE * 16);
    this.bits = LiveTables.words(storage, header, CACHE);
  }

  /**
   * Reads the directory and the tables of the bitmaps. Those that are too large to be kept, or not
   * understood, are among the {@link #enabled} at most.
   *
   * @throws CorruptImageException if something else lies where bits would be written
   */
  static LiveBitmaps read(
      WritableStorage storage, ImageHead head, LiveRefcounts refcounts, MetadataClusters metadata)
      throws IOException {
    LiveBitmaps bitmaps = new LiveBitmaps(storage, head, refcounts, metadata);
    Optional<BitmapDirectory> directory = BitmapDirectory.read(storage, head);
    if (directory.isPresent()) {
      bitmaps.read(storage, directory.get());
    }
    return bitmaps;
  }

  private void read(WritableStorage storage, BitmapDirectory directory) throws IOException {
    directory.requireNames(head);
    List<Long> own = new ArrayList<>();
    long first = directory.offset() >>> header.clusterBits();
    for (long i = 0; i < header.clustersFor(directory.length()); i++) {
      own.add(first + i);
    }
    long position = directory.offset();
    long left = MOST_CLUSTERS;
    for (BitmapEntry entry : directory.entries()) {
      Flags flags = new Flags(position, entry.flags());
      position += entry.storedLength();
      if (!entry.isConsistent()) {
        continue;
      }
      if (entry.isEnabled()) {
        enabled.add(flags);
      }
      long clusters = Integer.toUnsignedLong(entry.tableSize());
      if (entry.isUnderstood()
          && clusters << header.clusterBits() <= MOST_BITS_BYTES
          && clusters <= left) {
        left -= clusters;
        LiveBitmap bitmap = new LiveBitmap(head, entry, tables, bits, this::newCluster);
        bitmap.readTable(storage.size(), own);
        all.add(bitmap);
        if (entry.isEnabled()) {
          marked.add(bitmap);
          kept.add(flags);
        }
      }
    }
    addToMetadata(own);
  }

  /** Bits are written there, and so nothing else may be there. */
  private void addToMetadata(List<Long> clusters) throws IOException {
    clusters.sort(null);
    long former = -1;
    for (long cluster : clusters) {
      metadata.mustNotHold(cluster);
      if (cluster == former || refcounts.at(cluster) != 1) {
        throw head.corrupt(
            "the cluster at "
                + ImageHead.hex(cluster << header.clusterBits())
                + " belongs to a bitmap, and not to it alone; the image is to be repaired first"
                + " (check -r all)");
      }
      former = cluster;
    }
    clusters.forEach(metadata::add);
  }

  /** A new cluster of bits, none of them set. */
  private long newCluster() throws IOException {
    long cluster = refcounts.take(1).cluster();
    try {
      metadata.mustNotHold(cluster);
      long first = cluster << header.clusterBits() - 3;
      bits.fill(first, first + header.clusterSize() / Long.BYTES, 0);
      metadata.add(cluster);
    } catch (IOException e) {
      refcounts.giveBack(cluster, 1);
      throw e;
    }
    return cluster << header.clusterBits();
  }

  /** Those that are in step with the disk, the disabled ones too. */
  List<DirtyBitmap> all() {
    return List.copyOf(all);
  }

  /** The enabled ones, whose flags are to say that they are in use. */
  List<Flags> enabled() {
    return enabled;
  }

  /** Those of the enabled ones that are told of changes. */
  List<Flags> kept() {
    return kept;
  }

  /** Whether a range is marked in all bitmaps already. Needs no lock. */
  boolean areMarked(long offset, long length) throws IOException {
    for (LiveBitmap bitmap : marked) {
      if (!bitmap.isMarked(offset, length)) {
        return false;
      }
    }
    return true;
  }

  /** Marks a range in all bitmaps. Under the image's lock. */
  void mark(long offset, long length) throws IOException {
    for (LiveBitmap bitmap : marked) {
      bitmap.mark(offset, length);
    }
  }

  /** How many bytes of memory hold changes. */
  long changedBytes() {
    return bits.changedBytes() + tables.changedBytes();
  }

  /** Takes all changes out, to be written. */
  Changes changes() {
    return new Changes();
  }

  /** Changes on their way to the medium; closing puts back what was not written. */
  final class Changes implements AutoCloseable {
    private final WritableTable.Changes ofBits = bits.take();
    private final WritableTable.Changes ofTables = tables.take();

    private Changes() {}

    /** Writes all of them, without a sync: refcounts are on the medium already. */
    void write() throws IOException {
      ofBits.write();
      ofTables.write();
    }

    @Override
    public void close() {
      ofBits.close();
      ofTables.close();
    }
  }
}
