package dev.platter.qcow2.write;

import dev.platter.image.spi.Placement;
import dev.platter.qcow2.format.Entries;
import java.io.IOException;
import java.util.Arrays;
import java.util.BitSet;

/**
 * The mapping of preallocated images and raw data files: every cluster has its place from the
 * beginning, in guest order. Where tables and clusters lie is what QEMU makes of the same options.
 * A table that says nothing else than that need not be in memory: it is written at the end.
 */
final class LinearMapping implements ClusterMapping {
  /** QEMU takes places for the entries in this much of an L2 table at a time, bytes. */
  private static final int SLICE_BYTES = 4096;

  private final Geometry geometry;
  private final HostSpace host;
  private final boolean raw;

  /** Where each L2 table lies, bytes. */
  private final long[] tables;

  /** Runs of clusters that lie one behind the other: the first of each, and its host offset. */
  private long[] runs = new long[16];

  private long[] places = new long[16];
  private int runCount;

  private final PointerTable l1 = new PointerTable();

  /** Tables that were handed out already. */
  private final BitSet handedOut = new BitSet();

  /** Tables in which all subclusters read as zeros. */
  private final BitSet allZero = new BitSet();

  private L2Table table;
  private int tableIndex;

  private LinearMapping(Geometry geometry, HostSpace host, boolean raw) {
    this.geometry = geometry;
    this.host = host;
    this.raw = raw;
    this.tables = new long[Math.toIntExact(geometry.l1Entries())];
  }

  /**
   * Data goes to a file of its own, where guest and host offset are the same.
   *
   * @param raw whether all subclusters count as data, because that file must be readable without
   *     tables
   */
  static LinearMapping outside(Geometry geometry, HostSpace host, boolean raw) throws IOException {
    LinearMapping mapping = new LinearMapping(geometry, host, raw);
    mapping.placeTables(0);
    mapping.addRun(0, 0);
    return mapping;
  }

  /**
   * Takes places for all tables and all data in the image's own file.
   *
   * @param reserved whether the data is one run, for which space can be set aside; else each table
   *     has what it maps behind it
   */
  static LinearMapping inside(Geometry geometry, HostSpace host, boolean reserved)
      throws IOException {
    LinearMapping mapping = new LinearMapping(geometry, host, false);
    if (reserved) {
      mapping.placeOneRun();
    } else {
      mapping.placeByTable();
    }
    return mapping;
  }

  private void placeOneRun() throws IOException {
    long clusters = geometry.clusters();
    long left = host.layOutRefcounts(clusters + Math.max(0, tables.length - 1));
    addRun(0, host.allocate(clusters));
    if (tables.length == 0) {
      host.free(left);
    } else {
      setTable(0, left);
      placeTables(1);
    }
  }

  private void placeTables(int first) throws IOException {
    for (int index = first; index < tables.length; index++) {
      setTable(index, host.allocate(1));
    }
  }

  private void placeByTable() throws IOException {
    int slice = Math.min(geometry.clusterSize(), SLICE_BYTES) / geometry.l2EntrySize();
    long cluster = 0;
    for (int index = 0; index < tables.length; index++) {
      setTable(index, host.allocate(1));
      long end = Math.min(cluster + geometry.l2Entries(), geometry.clusters());
      while (cluster < end) {
        long count = Math.min(slice, end - cluster);
        addRun(cluster, host.allocate(count));
        cluster += count;
      }
      host.settle();
    }
  }

  private void setTable(int index, long hostOffset) {
    tables[index] = hostOffset;
    l1.set(index, Entries.COPIED | hostOffset);
  }

  private void addRun(long cluster, long hostOffset) {
    if (runCount > 0 && place(cluster) == hostOffset) {
      return;
    }
    if (runCount == runs.length) {
      runs = Arrays.copyOf(runs, runCount * 2);
      places = Arrays.copyOf(places, runCount * 2);
    }
    runs[runCount] = cluster;
    places[runCount++] = hostOffset;
  }

  private int run(long cluster) {
    int found = Arrays.binarySearch(runs, 0, runCount, cluster);
    return found < 0 ? -found - 2 : found;
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
    int run = run(cluster);
    return places[run] + ((cluster - runs[run]) << geometry.clusterBits());
  }

  @Override
  public long together(long cluster) {
    int next = run(cluster) + 1;
    return (next < runCount ? runs[next] : geometry.clusters()) - cluster;
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
    sink.add(new Placement.Write(host.storage(), tables[tableIndex], table.bytes()));
    table = null;
  }

  private long entry(long cluster) {
    return Entries.COPIED | place(cluster);
  }
}
