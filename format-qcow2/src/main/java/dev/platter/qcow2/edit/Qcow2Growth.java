package dev.platter.qcow2.edit;

import dev.platter.image.BlockMap;
import dev.platter.image.DiskEncryption;
import dev.platter.image.Extent;
import dev.platter.image.Preallocation;
import dev.platter.image.disk.GuestReader;
import dev.platter.image.disk.LayeredMap;
import dev.platter.image.disk.PlaceWriter;
import dev.platter.image.spi.ResizeRequest;
import dev.platter.qcow2.format.Entries;
import dev.platter.qcow2.format.ImageHead;
import dev.platter.qcow2.format.L1Table;
import dev.platter.qcow2.format.Qcow2Header;
import dev.platter.qcow2.format.Qcow2Map;
import dev.platter.qcow2.write.L2Table;
import dev.platter.storage.WritableStorage;
import dev.platter.storage.ZeroScan;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Makes what a larger disk has more read as zeros, and sets space aside for it. */
final class Qcow2Growth {
  private final ImageChange change;
  private final ImageHead head;
  private final Qcow2Header header;
  private final WritableStorage guest;
  private final Optional<DiskEncryption> encryption;
  private final ActiveTables tables;
  private final ResizeRequest wanted;

  /**
   * @param guest what holds the guest's clusters: the image itself, or a data file, which reads as
   *     zeros behind the end of the disk
   * @param encryption how those are encrypted
   */
  Qcow2Growth(
      ImageChange change,
      ActiveTables tables,
      WritableStorage guest,
      Optional<DiskEncryption> encryption,
      ResizeRequest wanted) {
    this.change = change;
    this.head = change.head();
    this.header = head.header();
    this.guest = guest;
    this.encryption = encryption;
    this.tables = tables;
    this.wanted = wanted;
  }

  void run(long size) throws IOException {
    clearLastCluster();
    long first = header.clustersFor(header.size());
    if (wanted.preallocation() != Preallocation.OFF && lastClusterIsFree()) {
      first--;
    }
    long end = header.clustersFor(size);
    long hidden = Math.min(end, header.clustersFor(wanted.parentSize()));
    boolean zerosAreData = header.version() < 3;
    if (wanted.preallocation() != Preallocation.OFF) {
      setAside(first, end, wanted.preallocation());
    } else if (header.dataFileRaw()) {
      setAside(first, end, Preallocation.METADATA); // The table must not say less than the file.
    } else if (zerosAreData) {
      setAside(first, hidden, Preallocation.METADATA);
    } else {
      for (long cluster = first; cluster < hidden; cluster++) {
        tables.set(cluster, header.extendedL2() ? 0 : Entries.ZERO, L2Table.bitmap(0, -1));
      }
    }
  }

  /** Gives clusters their places, which read as zeros. */
  private void setAside(long first, long end, Preallocation how) throws IOException {
    if (first >= end) {
      return;
    }
    long host = take(first, end - first);
    long length = end - first << header.clusterBits();
    long flags = Entries.COPIED;
    if (encryption.isPresent() && header.version() < 3) {
      writer().fill(guest, host, first << header.clusterBits(), length);
    } else if (how == Preallocation.FULL) {
      guest.fill(host, length);
    } else {
      guest.zero(host, length);
    }
    if (how == Preallocation.FALLOC) {
      guest.allocate(host, length);
    }
    if (encryption.isPresent() && header.version() >= 3 && !header.extendedL2()) {
      flags |= Entries.ZERO; // what is stored there is no zeros of the guest's
    }
    for (long cluster = first; cluster < end; cluster++) {
      long offset = host + (cluster - first << header.clusterBits());
      tables.set(cluster, flags | offset, L2Table.bitmap(0, -1));
    }
  }

  /** What brings bytes to whole clusters. */
  private PlaceWriter writer() {
    return PlaceWriter.of(
        encryption,
        (offset, target) -> {
          throw new IllegalStateException("no whole sectors at " + offset);
        });
  }

  /** Places for guest clusters; in a data file each has the offset that it has on the disk. */
  private long take(long first, long clusters) throws IOException {
    return header.hasDataFile() ? first << header.clusterBits() : change.take(clusters);
  }

  /**
   * What the last cluster has behind the end of the disk becomes the guest's and must be zero,
   * whatever lies there in this image or in its parent.
   */
  private void clearLastCluster() throws IOException {
    long used = header.size() & header.clusterSize() - 1;
    if (used == 0) {
      return;
    }
    long start = header.size() - used;
    long end = start + header.clusterSize();
    BlockMap top = map(end);
    List<BlockMap> layers = new ArrayList<>();
    layers.add(encryption.isPresent() ? encryption.get().over(top) : top);
    wanted.parent().ifPresent(layers::add);
    LayeredMap disk = new LayeredMap(layers);
    MemorySegment bytes = MemorySegment.ofArray(new byte[header.clusterSize()]);
    try (GuestReader reader = new GuestReader()) {
      reader.read(disk, start, bytes);
    }
    if (ZeroScan.isZero(bytes.asSlice(used))) {
      return;
    }
    for (long at = header.size(); at < end; ) {
      Extent extent = top.extentAt(at, end);
      if (encryption.isPresent() || !isOwn(extent)) {
        bytes.asSlice(used).fill((byte) 0);
        long host = take(start >>> header.clusterBits(), 1);
        writer().write(guest, host, start, bytes);
        tables.set(start >>> header.clusterBits(), Entries.COPIED | host, L2Table.bitmap(-1, 0));
        return;
      }
      at = extent.end();
    }
    for (long at = header.size(); at < end; ) {
      Extent extent = top.extentAt(at, end);
      if (extent instanceof Extent.Data data) {
        guest.zero(data.hostOffset(), data.length());
      }
      at = extent.end();
    }
  }

  /**
   * Whether the disk ends inside a cluster that neither this image nor a parent has, and that may
   * be cleared: a raw data file keeps what it holds.
   */
  private boolean lastClusterIsFree() throws IOException {
    long end = header.clustersFor(header.size()) << header.clusterBits();
    if (end == header.size() || wanted.parent().isPresent() || header.dataFileRaw()) {
      return false;
    }
    long start = end - header.clusterSize();
    Extent extent = map(end).extentAt(start, end);
    return extent instanceof Extent.Absent && extent.end() == end;
  }

  /** Whether it reads as zeros or can be cleared in its place. */
  private boolean isOwn(Extent extent) throws IOException {
    return extent instanceof Extent.Zero
        || extent instanceof Extent.Data data
            && (header.hasDataFile() || change.referencesAt(data.hostOffset()) == 1);
  }

  /** The image's own clusters up to a guest offset, which may lie behind the end of the disk. */
  private BlockMap map(long end) throws IOException {
    WritableStorage storage = change.storage();
    L1Table l1 =
        L1Table.read(storage, head, "active L1 table", header.l1TableOffset(), header.l1Size());
    return new Qcow2Map(head, end, l1, storage, guest);
  }
}
