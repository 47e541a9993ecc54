package dev.platter.qcow2;

import dev.platter.image.Extent;
import dev.platter.image.GuestReader;
import dev.platter.image.UnsupportedFeatureException;
import dev.platter.storage.WritableStorage;
import dev.platter.storage.ZeroScan;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/** Makes a disk larger; a level 1 table that is too short moves to the end of the file. */
final class Qcow2Growth {
  private final WritableStorage storage;
  private final ImageHead head;
  private final Qcow2Header header;
  private final StoredRefcounts refcounts;

  /**
   * @param head of the image, which is sound
   */
  Qcow2Growth(WritableStorage storage, ImageHead head) throws IOException {
    this.storage = storage;
    this.head = head;
    this.header = head.header();
    this.refcounts = StoredRefcounts.read(storage, head, header.clustersFor(storage.size()));
  }

  void run(long size) throws IOException {
    clearBehindTheDisk();
    HeaderUpdate update = new HeaderUpdate(storage).size(size);
    long entries = head.l1EntriesFor(size);
    boolean moves = entries > header.l1Size();
    if (moves) {
      long clusters = clustersOf(entries);
      long table = refcounts.allocate(clusters);
      MemorySegment l1 = MemorySegment.ofArray(new byte[(int) (clusters * header.clusterSize())]);
      long length = (long) header.l1Size() * Long.BYTES;
      storage.readFully(header.l1TableOffset(), l1.asSlice(0, length));
      storage.write(table, l1);
      update.l1Table(table, (int) entries);
    }
    refcounts.flush();
    update.refcountTable(refcounts.tableOffset(), refcounts.tableClusters()).write();
    giveUpOldTables(moves);
  }

  private long clustersOf(long l1Entries) {
    return header.clustersFor(l1Entries * Long.BYTES);
  }

  private void giveUpOldTables(boolean l1Moved) throws IOException {
    if (l1Moved) {
      giveUp(header.l1TableOffset(), clustersOf(header.l1Size()));
    }
    if (refcounts.tableOffset() != header.refcountTableOffset()) {
      giveUp(header.refcountTableOffset(), header.refcountTableClusters());
    }
    refcounts.flush();
  }

  private void giveUp(long offset, long clusters) throws IOException {
    for (long i = 0; i < clusters; i++) {
      refcounts.lower((offset >>> header.clusterBits()) + i);
    }
  }

  /**
   * What the last cluster holds behind the end of the disk becomes the guest's, and must be zero.
   */
  private void clearBehindTheDisk() throws IOException {
    long end = header.clustersFor(header.size()) << header.clusterBits();
    if (end == header.size()) {
      return;
    }
    L1Table l1 =
        L1Table.read(storage, head, "active L1 table", header.l1TableOffset(), header.l1Size());
    Qcow2Map map = new Qcow2Map(head, end, l1, storage, storage);
    try (GuestReader reader = new GuestReader()) {
      for (long at = header.size(); at < end; ) {
        Extent extent = map.extentAt(at, end);
        if (extent instanceof Extent.Data || extent instanceof Extent.Encoded) {
          MemorySegment bytes = MemorySegment.ofArray(new byte[(int) extent.length()]);
          reader.read(extent, bytes);
          if (!ZeroScan.isZero(bytes)) {
            clear(extent);
          }
        }
        at = extent.end();
      }
    }
  }

  private void clear(Extent extent) throws IOException {
    boolean owned =
        extent instanceof Extent.Data data
            && refcounts.at(data.hostOffset() >>> header.clusterBits()) == 1;
    if (!owned) {
      throw new UnsupportedFeatureException(
          "qcow2 "
              + head.name()
              + ": the last cluster is compressed or shared, and not zero behind the end of the"
              + " disk");
    }
    storage.zero(((Extent.Data) extent).hostOffset(), extent.length());
  }
}
