package dev.platter.qcow2.live;

import dev.platter.image.BlockMap;
import dev.platter.image.DirtyBitmap;
import dev.platter.image.DiskEncryption;
import dev.platter.image.Extent;
import dev.platter.image.spi.Allocation;
import dev.platter.image.spi.BlockEncoder;
import dev.platter.image.spi.LiveImage;
import dev.platter.qcow2.format.Entries;
import dev.platter.qcow2.format.FileEnds;
import dev.platter.qcow2.format.ImageHead;
import dev.platter.qcow2.format.L1Table;
import dev.platter.qcow2.format.Qcow2Header;
import dev.platter.qcow2.format.Qcow2Map;
import dev.platter.storage.Barrier;
import dev.platter.storage.WritableStorage;
import dev.platter.storage.WritableTable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A qcow2 image in use. A cluster whose refcount is one is written over; all others, compressed
 * ones and those that snapshots share among them, get a new place. Refcounts go up before anything
 * points to a cluster, and down only when what pointed there no longer does on the medium, so that
 * a power cut leaks clusters at worst; the dirty bit is never needed.
 */
final class LiveQcow2 implements LiveImage {
  /** As much of changed tables as is kept before it is written though nobody asked. */
  private static final long MOST_CHANGED = 8 << 20;

  private static final long NOWHERE = -1;

  private final WritableStorage storage;
  private final ImageHead head;
  private final Qcow2Header header;
  private final LiveTables tables;
  private final LiveRefcounts refcounts;
  private final MetadataClusters metadata;
  private final ClusterPlaces places;
  private final CompressedPlaces packed;
  private final FileEnds ends;
  private final WritableStorage guestStorage;
  private final Optional<DiskEncryption> encryption;
  private final BlockMap map;
  private final Barrier barrier;
  private final Object flushing = new Object();
  private final LiveHeader marks;

  /** Read once they are needed, and there once the disk is written to. */
  private volatile LiveBitmaps bitmaps;

  private IOException failure;

  /** Clusters that the tables in memory refer to once less than those on the medium. */
  private List<Long> givenUp = new ArrayList<>();

  LiveQcow2(
      WritableStorage storage,
      WritableStorage guestStorage,
      ImageHead head,
      Optional<DiskEncryption> encryption)
      throws IOException {
    this.encryption = encryption;
    this.storage = storage;
    this.guestStorage = guestStorage;
    this.head = head;
    this.header = head.header();
    L1Table l1 =
        L1Table.read(storage, head, "active L1 table", header.l1TableOffset(), header.l1Size());
    this.tables = new LiveTables(storage, header, l1);
    this.refcounts = new LiveRefcounts(storage, head);
    this.metadata = new MetadataClusters(head, l1, refcounts.blockOffsets(), storage.size());
    this.ends = new FileEnds(storage, guestStorage);
    this.places = new ClusterPlaces(head, tables, metadata);
    this.packed = new CompressedPlaces(storage, head, refcounts, metadata);
    Qcow2Map clusters = new Qcow2Map(head, header.size(), l1, tables.pieces(), guestStorage, ends);
    this.map = encryption.isPresent() ? encryption.get().over(clusters) : clusters;
    // What the tables of the image point to comes first.
    this.barrier =
        new Barrier(header.hasDataFile() ? List.of(guestStorage, storage) : List.of(storage));
    this.marks = new LiveHeader(storage, head, barrier);
  }

  @Override
  public long size() {
    return header.size();
  }

  @Override
  public int blockSize() {
    return header.clusterSize();
  }

  @Override
  public BlockMap map() {
    return map;
  }

  @Override
  public Optional<DiskEncryption> encryption() {
    return encryption;
  }

  @Override
  public void noteChange(long offset, long length) throws IOException {
    begin();
    if (!bitmaps.areMarked(offset, length)) {
      flushIfMuchChanged();
      synchronized (this) {
        bitmaps.mark(offset, length);
        moveEnds();
      }
    }
  }

  @Override
  public List<DirtyBitmap> dirtyBitmaps() throws IOException {
    return bitmaps().all();
  }

  private LiveBitmaps bitmaps() throws IOException {
    synchronized (flushing) {
      if (bitmaps == null) {
        synchronized (this) {
          bitmaps = LiveBitmaps.read(storage, head, refcounts, metadata);
        }
      }
      return bitmaps;
    }
  }

  @Override
  public Extent placeAt(long offset, long limit) throws IOException {
    begin();
    long end = places.endOfOwn(offset, limit);
    return end > offset
        ? new Extent.Data(offset, end - offset, guestStorage, places.hostOf(offset))
        : new Extent.Absent(offset, Math.min(limit, nextUnit(offset)) - offset);
  }

  /** The first change of all: files reach to the end of their last cluster, flags are put right. */
  private void begin() throws IOException {
    if (!marks.begun()) {
      synchronized (flushing) {
        if (!marks.begun()) {
          LiveBitmaps present = bitmaps();
          long end = header.clustersFor(storage.size()) << header.clusterBits();
          if (storage.size() < end) {
            storage.truncate(end);
          }
          if (header.hasDataFile() && guestStorage.size() < header.size()) {
            guestStorage.truncate(header.size());
          }
          moveEnds();
          marks.begin(present);
        }
      }
    }
  }

  private void moveEnds() {
    long image = refcounts.end() << header.clusterBits();
    ends.moveTo(image, header.hasDataFile() ? Long.MAX_VALUE : image);
  }

  @Override
  public Allocation allocate(long offset, long length, Use use) throws IOException {
    begin();
    flushIfMuchChanged();
    synchronized (this) {
      return use == Use.DATA ? data(offset, offset + length) : zeros(offset, offset + length, use);
    }
  }

  /** What is encrypted is not compressed. */
  @Override
  public Optional<BlockEncoder> newEncoder() {
    return encryption.isPresent() ? Optional.empty() : packed.newEncoder();
  }

  @Override
  public Optional<Allocation> allocateEncoded(long offset, int storedLength) throws IOException {
    begin();
    flushIfMuchChanged();
    synchronized (this) {
      ownTable(offset >>> header.clusterBits());
      Optional<Allocation> place = packed.allocate(offset, storedLength);
      moveEnds();
      return place;
    }
  }

  private void flushIfMuchChanged() throws IOException {
    long changed = tables.changedBytes() + refcounts.changedBytes() + bitmaps.changedBytes();
    if (changed > MOST_CHANGED) {
      flush();
    }
  }

  private long nextUnit(long offset) throws IOException {
    long unit = places.unitAt(offset);
    return Math.min(header.size(), (offset / unit + 1) * unit);
  }

  /** Says that the run is zeros, as far as the format can. */
  private Allocation zeros(long offset, long limit, Use use) throws IOException {
    long unit = places.unitAt(offset);
    long unitEnd = nextUnit(offset);
    if (offset % unit == 0 && limit >= unitEnd && places.canSayZero()) {
      ownTable(offset >>> header.clusterBits());
      return new Clusters(offset, endOfWhole(offset, limit, unit) - offset, List.of(), NOWHERE, 0);
    }
    if (use == Use.DISCARD && !header.dataFileRaw()) {
      return Allocation.Settled.asItIs(offset, Math.min(limit, unitEnd) - offset);
    }
    return data(offset, Math.min(limit, unitEnd));
  }

  /** The end of the whole clusters of one L2 table, or of the whole units of one cluster. */
  private long endOfWhole(long offset, long limit, long unit) {
    long clusterSize = header.clusterSize();
    long clusterEnd = (offset / clusterSize + 1) * clusterSize;
    long end = Math.min(limit, (offset / header.l2Span() + 1) * header.l2Span());
    if (end == header.size()) {
      return end;
    }
    return offset % clusterSize == 0 && end >= clusterEnd
        ? end / clusterSize * clusterSize
        : Math.min(end, clusterEnd) / unit * unit;
  }

  /** A place for the run, or for the first part of it. */
  private Allocation data(long offset, long limit) throws IOException {
    long ownEnd = places.endOfOwn(offset, limit);
    if (ownEnd > offset) {
      return Allocation.Settled.at(
          new Extent.Data(offset, ownEnd - offset, guestStorage, places.hostOf(offset)),
          guestStorage);
    }
    long cluster = offset >>> header.clusterBits();
    ownTable(cluster);
    if (places.hasOwnHost(cluster)) {
      long end = places.endOfNotStored(offset, limit);
      long from = offset / places.unitAt(offset) * places.unitAt(offset);
      long host = places.hostOf(cluster << header.clusterBits());
      return placed(from, end, host);
    }
    long end = places.endOfHomeless(offset, limit);
    long from = places.beginToCover(offset);
    if (header.hasDataFile()) {
      return placed(from, end, cluster << header.clusterBits());
    }
    long last = end - 1 >>> header.clusterBits();
    LiveRefcounts.Taken taken = refcounts.take(last - cluster + 1);
    moveEnds();
    for (long i = 0; i < taken.count(); i++) {
      metadata.mustNotHold(taken.cluster() + i);
    }
    return placed(
        from,
        Math.min(end, cluster + taken.count() << header.clusterBits()),
        taken.cluster() << header.clusterBits(),
        taken.count(),
        taken.content());
  }

  /** A place that is there, or needs no refcounts. */
  private Clusters placed(long from, long end, long host) {
    return placed(from, end, host, 0, Allocation.Content.ANYTHING);
  }

  private Clusters placed(long from, long end, long host, long taken, Allocation.Content content) {
    long within = from & header.clusterSize() - 1L;
    Allocation.Place place =
        new Allocation.Place(from, end - from, guestStorage, host + within, content);
    return new Clusters(from, end - from, List.of(place), host, taken);
  }

  /**
   * A run that gets other entries.
   *
   * @param host where its first cluster begins, or {@link #NOWHERE}: it becomes zeros
   * @param taken how many clusters were taken for it
   */
  private record Clusters(long offset, long length, List<Place> places, long host, long taken)
      implements Allocation {}

  /** Makes sure that a guest cluster has a table which no snapshot shares. */
  private void ownTable(long cluster) throws IOException {
    int index = tables.l1IndexOf(cluster);
    long entry = tables.l1().entryAt(index);
    long table = entry & Entries.OFFSET_MASK;
    if (table != 0 && (entry & Entries.COPIED) != 0) {
      return;
    }
    LiveRefcounts.Taken taken = refcounts.take(1);
    try {
      metadata.mustNotHold(taken.cluster());
      moveEnds(); // before a reader of the map may meet the table
      tables.addTable(index, taken.cluster() << header.clusterBits(), table, taken.content());
    } catch (IOException e) {
      refcounts.giveBack(taken.cluster(), 1);
      moveEnds();
      throw e;
    }
    metadata.add(taken.cluster());
    if (table != 0) {
      givenUp.add(table >>> header.clusterBits());
    }
  }

  @Override
  public synchronized void commit(Allocation done) throws IOException {
    if (done instanceof CompressedPlaces.Packed one) {
      packed.commit(one, tables, givenUp);
    }
    if (!(done instanceof Clusters clusters)) {
      return;
    }
    int bits = header.clusterBits();
    long first = clusters.offset() >>> bits;
    long last = clusters.end() - 1 >>> bits;
    ClusterPlaces.Change[] changes = new ClusterPlaces.Change[(int) (last - first + 1)];
    for (long cluster = first; cluster <= last; cluster++) {
      long from = Math.max(clusters.offset(), cluster << bits);
      long end = Math.min(clusters.end(), cluster + 1 << bits);
      changes[(int) (cluster - first)] =
          clusters.host() == NOWHERE
              ? places.zeroed(cluster, from, end)
              : places.stored(cluster, clusters.host() + (cluster - first << bits), from, end);
    }
    try {
      for (long cluster = first; cluster <= last; cluster++) {
        ClusterPlaces.Change change = changes[(int) (cluster - first)];
        long entry = tables.entryAt(cluster);
        tables.set(cluster, change.entry(), change.bitmap());
        if (change.givesUp()) {
          giveUp(entry);
        }
      }
    } catch (IOException e) {
      // A page that was just read is gone again, and some entries have changed.
      failure = e;
      throw e;
    }
  }

  /** What an entry pointed to is referred to once less. */
  private void giveUp(long entry) {
    if ((entry & Entries.COMPRESSED) != 0) {
      packed.addClustersOf(entry, givenUp);
    } else if (!header.hasDataFile()) {
      givenUp.add((entry & Entries.OFFSET_MASK) >>> header.clusterBits());
    }
  }

  @Override
  public synchronized void abandon(Allocation undone) {
    if (undone instanceof CompressedPlaces.Packed one) {
      packed.giveBack(one);
    }
    if (undone instanceof Clusters clusters && clusters.taken() > 0) {
      refcounts.giveBack(clusters.host() >>> header.clusterBits(), clusters.taken());
    }
  }

  /** Bits of bitmaps in use are not needed on the medium, unless memory is. */
  @Override
  public void flush() throws IOException {
    synchronized (flushing) {
      LiveBitmaps changing = bitmaps;
      write(changing != null && changing.changedBytes() > MOST_CHANGED / 2);
    }
  }

  private void write(boolean withBitmaps) throws IOException {
    List<Long> freed;
    Optional<LiveBitmaps.Changes> marked = Optional.empty();
    LiveRefcounts.Changes counts;
    WritableTable.Changes l2;
    WritableTable.Changes l1;
    synchronized (this) {
      if (failure != null) {
        throw new IOException(failure.getMessage(), failure);
      }
      try {
        counts = refcounts.changes();
        l2 = tables.l2().take();
        l1 = tables.l1Writes().take();
        if (withBitmaps) {
          marked = Optional.of(bitmaps.changes());
        }
      } catch (Error e) {
        // Tables must not be written without the refcounts that were taken already.
        failure = new IOException("out of memory", e);
        throw e;
      }
      freed = givenUp;
      givenUp = new ArrayList<>();
    }
    boolean done = false;
    try (l1;
        l2) {
      counts.write(barrier);
      if (marked.isPresent()) {
        marked.get().write();
      }
      if (!l2.isEmpty()) {
        l2.write();
        barrier.pass();
      }
      if (!l1.isEmpty()) {
        l1.write();
        barrier.pass();
      }
      done = true;
    } finally {
      synchronized (this) {
        counts.close();
        marked.ifPresent(LiveBitmaps.Changes::close);
        if (done) {
          for (LiveRefcounts.Taken former : counts.former()) {
            metadata.remove(former.cluster(), former.count());
            for (long i = 0; i < former.count(); i++) {
              freed.add(former.cluster() + i);
            }
          }
          lower(freed);
        } else {
          givenUp.addAll(freed);
        }
      }
    }
  }

  /** Nothing on the medium points there any more: the clusters may be used for something else. */
  private void lower(List<Long> clusters) throws IOException {
    for (int i = 0; i < clusters.size(); i++) {
      try {
        if (refcounts.lower(clusters.get(i))) {
          packed.freed(clusters.get(i));
          punch(clusters.get(i));
        }
      } catch (IOException e) {
        givenUp.addAll(clusters.subList(i + 1, clusters.size()));
        throw e;
      }
    }
  }

  /** Gives space back; where that fails nothing is the matter. */
  private void punch(long cluster) {
    try {
      storage.zero(cluster << header.clusterBits(), header.clusterSize());
    } catch (IOException e) {
      return;
    }
  }

  /** What the first flush gives up, the second one counts. */
  @Override
  public void close() throws IOException {
    try {
      synchronized (flushing) {
        write(bitmaps != null);
        if (refcounts.changedBytes() > 0) {
          write(false);
        }
        if (bitmaps != null) {
          barrier.pass();
          marks.end(bitmaps);
        }
      }
    } finally {
      encryption.ifPresent(held -> held.cipher().close());
      if (header.hasDataFile()) {
        guestStorage.close();
      }
    }
  }
}
