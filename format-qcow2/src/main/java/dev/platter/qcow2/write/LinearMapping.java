package dev.platter.qcow2.write;

import dev.platter.image.spi.Placement;
import dev.platter.qcow2.format.Entries;
import java.io.IOException;
import java.util.BitSet;

/**
 * The mapping of preallocated images and raw data files: every cluster has its place from the
 * beginning, in guest order, and all L2 tables lie side by side. A table that says nothing else
 * than that need not be in memory: it is written at the end.
 */
final class LinearMapping implements ClusterMapping {
  private final Geometry geometry;
  private final HostSpace host;
  private final boolean raw;
  private final long tablesOffset;
  private final long dataOffset;
  private final PointerTable l1 = new PointerTable();

  /** Tables that were handed out already. */
  private final BitSet handedOut = new BitSet();

  /** Tables in which all subclusters read as zeros. */
  private final BitSet allZero = new BitSet();

  private L2Table table;
  private int tableIndex;

  /**
   * Takes space for all tables, and for all data if that goes to the same file.
   *
   * @param external whether data goes to a file of its own, where guest and host offset are the
   *     same
   * @param raw whether all subclusters count as data, because that file must be readable without
   *     tables
   */
  LinearMapping(Geometry geometry, HostSpace host, boolean external, boolean raw)
      throws IOException {
    this.geometry = geometry;
    this.host = host;
    this.raw = raw;
    tablesOffset = host.allocate(geometry.l1Entries());
    dataOffset = external ? 0 : host.allocate(geometry.clusters());
    for (long index = 0; index < geometry.l1Entries(); index++) {
      l1.set(index, Entries.COPIED | tableOffset(index));
    }
  }

  @Override
  public void advance(long cluster, PlacementSink sink) throws IOException {
    if (table != null && cluster / geometry.l2Entries() != tableIndex) {
      handOut(sink);
    }
  }

  @Override
  public boolean placesAll() {
    return true;
  }

  @Override
  public long place(long cluster) {
    return dataOffset + (cluster << geometry.clusterBits());
  }

  @Override
  public void data(long cluster, long hostOffset, int data, int zero) {
    if (geometry.extendedL2() && !raw) {
      set(cluster, L2Table.bitmap(data, zero));
    }
  }

  @Override
  public void compressed(long cluster, long hostOffset, int length) {
    throw new IllegalStateException("compressed cluster " + cluster + " in a preallocated image");
  }

  @Override
  public void zero(long cluster, int zero) {
    set(cluster, L2Table.bitmap(0, zero));
  }

  @Override
  public void zeroRun(long first, long count, PlacementSink sink) throws IOException {
    int entries = geometry.l2Entries();
    long end = first + count;
    for (long at = first; at < end; ) {
      advance(at, sink);
      if (at % entries == 0 && end - at >= entries) {
        allZero.set((int) (at / entries));
        at += entries;
      } else {
        zero(at++, -1);
      }
    }
  }

  @Override
  public void finish(PlacementSink sink) throws IOException {
    if (table != null) {
      handOut(sink);
    }
    for (int index = 0; index < geometry.l1Entries(); index++) {
      if (!handedOut.get(index)) {
        start(index);
        handOut(sink);
      }
    }
  }

  @Override
  public PointerTable l1() {
    return l1;
  }

  private void set(long cluster, long bitmap) {
    if (table == null) {
      start((int) (cluster / geometry.l2Entries()));
    }
    table.set((int) (cluster % geometry.l2Entries()), entry(cluster), bitmap);
  }

  /** Begins a table: all clusters have their places, none of them data yet. */
  private void start(int index) {
    table = new L2Table(geometry);
    tableIndex = index;
    long bitmap = raw ? L2Table.bitmap(-1, 0) : allZero.get(index) ? L2Table.bitmap(0, -1) : 0;
    long first = (long) index * geometry.l2Entries();
    long count = Math.min(geometry.l2Entries(), geometry.clusters() - first);
    for (int i = 0; i < count; i++) {
      table.set(i, entry(first + i), bitmap);
    }
  }

  private void handOut(PlacementSink sink) throws IOException {
    handedOut.set(tableIndex);
    sink.add(new Placement.Write(host.storage(), tableOffset(tableIndex), table.bytes()));
    table = null;
  }

  private long entry(long cluster) {
    return Entries.COPIED | place(cluster);
  }

  private long tableOffset(long index) {
    return tablesOffset + (index << geometry.clusterBits());
  }
}
