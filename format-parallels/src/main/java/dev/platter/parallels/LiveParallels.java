package dev.platter.parallels;

import dev.platter.image.BlockMap;
import dev.platter.image.Extent;
import dev.platter.image.Repair;
import dev.platter.image.disk.LayeredMap;
import dev.platter.image.spi.Allocation;
import dev.platter.image.spi.EditRequest;
import dev.platter.image.spi.LiveImage;
import dev.platter.storage.Barrier;
import dev.platter.storage.WritableStorage;
import dev.platter.storage.WritableTable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * An expandable image in use. New clusters go where the data area has room, and a cluster that is
 * given up is room once the BAT on the medium does not point there any more. From the first change
 * until it is closed the header says that the image is in use, though at any moment it is sound but
 * for that, and for room at its end; who opens it live after a crash says that it is not.
 */
final class LiveParallels implements LiveImage {
  /** As much of changed tables as is kept before it is written though nobody asked. */
  private static final long MOST_CHANGED = 8 << 20;

  private final WritableStorage storage;
  private final ParallelsHead head;
  private final LiveBat bat;
  private final BlockMap own;
  private final BlockMap map;
  private final Barrier barrier;
  private final long clusterSize;

  /** Whether a cluster that has no place shows what an image below this one has there. */
  private final boolean hasBelow;

  /** What the format extension takes, until it is dropped. */
  private final List<Long> extension;

  private final ClusterUse use;

  /** From where on the file reads as zeros. */
  private long zerosFrom;

  private long fileSize;

  /** Clusters of the file that the BAT in memory points to no more, that on the medium perhaps. */
  private BitSet givenUp = new BitSet();

  private volatile boolean modified;
  private final Object flushing = new Object();

  private LiveParallels(
      WritableStorage storage, ParallelsHead head, ClusterUse use, List<? extends BlockMap> below)
      throws IOException {
    this.storage = storage;
    this.head = head.growing();
    this.extension = FormatExtension.clustersToDrop(head);
    this.use = use;
    this.bat = new LiveBat(head, storage);
    this.own = new ParallelsMap(this.head, bat);
    this.hasBelow = !below.isEmpty();
    List<BlockMap> layers = new ArrayList<>(List.of(own));
    layers.addAll(below);
    this.map = hasBelow ? new LayeredMap(layers) : own;
    this.barrier = new Barrier(List.of(storage));
    this.clusterSize = head.clusterSize();
    this.fileSize = head.fileSize();
    this.zerosFrom = storage.readsZeroWhereUnwritten() ? fileSize : Long.MAX_VALUE;
  }

  /**
   * @param below the images of a bundle under this one, top first
   */
  static LiveParallels open(
      WritableStorage storage, EditRequest request, List<? extends BlockMap> below)
      throws IOException {
    ParallelsHead head = ParallelsHead.read(storage, request.limits());
    BatCheck check = new BatCheck(head);
    long faults = check.run().corruptions();
    if (faults == 1 && head.header().isInUse()) {
      new ParallelsEditor(storage, request).repair(Repair.ALL);
      head = ParallelsHead.read(storage, request.limits());
      check = new BatCheck(head);
      faults = check.run().corruptions();
    }
    if (faults > 0) {
      throw Faults.corrupt(
          head.name(),
          "the image has " + faults + " faults, which are to be repaired first (check -r all)");
    }
    return new LiveParallels(storage, head, check.use(), below);
  }

  /**
   * A run of clusters that get other entries.
   *
   * @param slots where in the data area; null: nowhere, they are zeros
   */
  private record Clusters(
      long offset,
      long length,
      List<Place> places,
      long cluster,
      long count,
      ClusterUse.Slots slots)
      implements Allocation {}

  @Override
  public long size() {
    return head.size();
  }

  @Override
  public int blockSize() {
    return (int) clusterSize;
  }

  @Override
  public BlockMap map() {
    return map;
  }

  @Override
  public Extent placeAt(long offset, long limit) throws IOException {
    begin();
    return own.extentAt(offset, limit);
  }

  @Override
  public Allocation allocate(long offset, long wanted, Use wish) throws IOException {
    begin();
    if (bat.entries().changedBytes() > MOST_CHANGED) {
      flush();
    }
    Extent extent = own.extentAt(offset, offset + wanted);
    long cluster = offset / clusterSize;
    long end = extent.end() == head.size() ? head.clusters() : extent.end() / clusterSize;
    boolean whole = offset % clusterSize == 0 && end > cluster;
    if (wish != Use.DATA && whole && !hasBelow) {
      long length = Math.min(end * clusterSize, head.size()) - offset;
      return new Clusters(offset, length, List.of(), cluster, end - cluster, null);
    }
    long clusterEnd = Math.min(extent.end(), (cluster + 1) * clusterSize);
    if (extent instanceof Extent.Data data) {
      // Clusters behind the first one may be given up.
      boolean first = wish != Use.DATA && !hasBelow;
      return Allocation.Settled.at(first ? data.slice(offset, clusterEnd - offset) : data, storage);
    }
    if (wish == Use.DISCARD) {
      return Allocation.Settled.asItIs(offset, clusterEnd - offset);
    }
    return newClusters(cluster, whole ? end - cluster : 1);
  }

  private synchronized Allocation newClusters(long cluster, long wanted) throws IOException {
    ClusterUse.Slots slots = use.takeFree(wanted);
    if (slots.count() == 0) {
      throw new IOException(
          "parallels " + head.name() + ": the BAT cannot point to the end of the file");
    }
    long host = head.slotOffset(slots.first());
    long hostEnd = head.slotOffset(slots.end());
    if (fileSize < hostEnd) {
      try {
        storage.truncate(hostEnd);
      } catch (IOException e) {
        use.release(slots);
        throw e;
      }
      fileSize = hostEnd;
    }
    boolean zeros = host >= zerosFrom;
    zerosFrom = Math.max(zerosFrom, hostEnd);
    Allocation.Place place =
        new Allocation.Place(
            cluster * clusterSize,
            hostEnd - host,
            storage,
            host,
            zeros ? Allocation.Content.ZEROS : Allocation.Content.ANYTHING);
    return new Clusters(
        place.offset(), place.length(), List.of(place), cluster, slots.count(), slots);
  }

  @Override
  public synchronized void commit(Allocation done) throws IOException {
    if (done instanceof Clusters clusters) {
      WritableTable entries = bat.entries();
      long end = clusters.cluster() + clusters.count();
      if (clusters.slots() == null) {
        BitSet former = slotsOf(clusters);
        entries.fill(clusters.cluster(), end, BatTable.FREE);
        givenUp.or(former);
      } else {
        entries.fillRising(
            clusters.cluster(),
            end,
            Integer.toUnsignedLong(head.entryOf(clusters.slots().first())),
            head.header().entryStep());
      }
    }
  }

  private BitSet slotsOf(Clusters clusters) throws IOException {
    BitSet slots = new BitSet();
    long end = clusters.cluster() + clusters.count();
    for (long cluster = clusters.cluster(); cluster < end; ) {
      int entry = bat.entryAt(cluster);
      if (entry == BatTable.FREE) {
        cluster = bat.endOfFree(cluster, end);
      } else {
        slots.set(use.slotAt(head.hostOffset(entry)));
        cluster++;
      }
    }
    return slots;
  }

  @Override
  public synchronized void abandon(Allocation undone) {
    if (undone instanceof Clusters clusters && clusters.slots() != null) {
      use.release(clusters.slots());
    }
  }

  @Override
  public void flush() throws IOException {
    synchronized (flushing) {
      write();
    }
  }

  private void write() throws IOException {
    WritableTable.Changes changes;
    BitSet former;
    synchronized (this) {
      changes = bat.entries().take();
      former = givenUp;
      givenUp = new BitSet();
    }
    boolean done = false;
    try (changes) {
      barrier.pass();
      if (!changes.isEmpty()) {
        changes.write();
        barrier.pass();
      }
      done = true;
    } finally {
      if (!done) {
        synchronized (this) {
          givenUp.or(former);
        }
      }
    }
    release(former);
  }

  /** Nothing on the medium points to these clusters any more. */
  private void release(BitSet slots) {
    int end;
    for (int first = slots.nextSetBit(0); first >= 0; first = slots.nextSetBit(end)) {
      end = slots.nextClearBit(first);
      punch(head.slotOffset(first), head.slotOffset(end));
      synchronized (this) {
        use.release(new ClusterUse.Slots(first, end - first));
      }
    }
  }

  /** Gives space back that is not used again at once; where that fails nothing is the matter. */
  private void punch(long from, long end) {
    try {
      storage.zero(from, end - from);
    } catch (IOException e) {
      return;
    }
  }

  /** The header says that the image is in use before anything else changes. */
  private void begin() throws IOException {
    if (!modified) {
      synchronized (flushing) {
        if (!modified) {
          write(head.header().written());
          synchronized (this) {
            for (long offset : extension) {
              use.release(new ClusterUse.Slots(use.slotAt(offset), 1));
            }
          }
          modified = true;
        }
      }
    }
  }

  private void write(ParallelsHeader header) throws IOException {
    MemorySegment bytes = MemorySegment.ofArray(new byte[ParallelsHeader.LENGTH]);
    header.writeTo(bytes);
    storage.write(0, bytes);
    barrier.pass();
  }

  /** Room at the end of the file would be told as lost. */
  @Override
  public void close() throws IOException {
    flush();
    if (modified) {
      long end = head.slotOffset(use.end());
      if (fileSize > end) {
        storage.truncate(end);
        barrier.pass();
      }
      write(head.header().written().withInUse(head.header().inUseOnceClosed()));
    }
  }
}
