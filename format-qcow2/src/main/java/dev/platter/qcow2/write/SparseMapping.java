package dev.platter.qcow2.write;

import dev.platter.image.spi.Placement;
import dev.platter.qcow2.format.Entries;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * The usual mapping: only what holds something gets a place and an L2 table. One L2 table is in
 * memory at a time; it goes to the file as soon as the guest offset has passed what it maps.
 */
final class SparseMapping implements ClusterMapping {
  private final Geometry geometry;
  private final HostSpace host;
  private final boolean external;
  private final PointerTable l1 = new PointerTable();

  private L2Table table;
  private long tableIndex;
  private MemorySegment zeroTable;

  /**
   * @param external whether data goes to a file of its own, where guest and host offset are the
   *     same
   */
  SparseMapping(Geometry geometry, HostSpace host, boolean external) {
    this.geometry = geometry;
    this.host = host;
    this.external = external;
  }

  @Override
  public void advance(long cluster, PlacementSink sink) throws IOException {
    if (table != null && cluster / geometry.l2Entries() != tableIndex) {
      handOut(tableIndex, table.bytes(), sink);
      table = null;
    }
    host.handOutComplete(sink);
  }

  @Override
  public boolean placesAll() {
    return false;
  }

  @Override
  public long place(long cluster) throws IOException {
    return external ? cluster << geometry.clusterBits() : host.allocate(1);
  }

  @Override
  public long together(long cluster) {
    return 1;
  }

  @Override
  public void data(long cluster, long hostOffset, int data, int zero) {
    table(cluster).set(index(cluster), Entries.COPIED | hostOffset, L2Table.bitmap(data, zero));
  }

  @Override
  public void compressed(long cluster, long hostOffset, int length) {
    table(cluster)
        .set(
            index(cluster), Entries.compressedEntry(hostOffset, length, geometry.clusterBits()), 0);
  }

  @Override
  public void zero(long cluster, int zero) {
    table(cluster).setZero(index(cluster), zero);
  }

  @Override
  public void zeroRun(long first, long count, PlacementSink sink) throws IOException {
    int entries = geometry.l2Entries();
    long end = first + count;
    for (long at = first; at < end; ) {
      advance(at, sink);
      if (index(at) == 0 && end - at >= entries) {
        handOut(at / entries, zeroTable(), sink);
        at += entries;
      } else {
        zero(at++, -1);
      }
    }
  }

  @Override
  public void finish(PlacementSink sink) throws IOException {
    if (table != null) {
      handOut(tableIndex, table.bytes(), sink);
      table = null;
    }
  }

  @Override
  public PointerTable l1() {
    return l1;
  }

  private L2Table table(long cluster) {
    if (table == null) {
      table = new L2Table(geometry);
      tableIndex = cluster / geometry.l2Entries();
    }
    return table;
  }

  private int index(long cluster) {
    return (int) (cluster % geometry.l2Entries());
  }

  /** A table of nothing but zeros is the same wherever it lies. */
  private MemorySegment zeroTable() {
    if (zeroTable == null) {
      L2Table zeros = new L2Table(geometry);
      for (int i = 0; i < geometry.l2Entries(); i++) {
        zeros.setZero(i, -1);
      }
      zeroTable = zeros.bytes();
    }
    return zeroTable;
  }

  private void handOut(long index, MemorySegment bytes, PlacementSink sink) throws IOException {
    long hostOffset = host.allocate(1);
    l1.set(index, Entries.COPIED | hostOffset);
    sink.add(new Placement.Write(host.storage(), hostOffset, bytes));
  }
}
