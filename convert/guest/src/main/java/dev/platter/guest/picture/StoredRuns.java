package dev.platter.guest.picture;

import dev.platter.image.Extent;
import dev.platter.image.disk.LayeredMap;
import dev.platter.storage.Holes;
import dev.platter.storage.Run;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Walks a disk from its beginning to its end, and counts what is stored in each column. Once it has
 * seen many runs in a column, it looks at single places of what is left of it, at distances that no
 * pattern of the disk has in common with them. For one thread, once.
 */
final class StoredRuns {
  private static final int NOTHING = -1;

  private final LayeredMap map;
  private final long size;
  private final long runsPerColumn;
  private final long[][] bytes;
  private Holes holes;
  private boolean exact = true;

  /** Where the present run ends, and which layer stores it. */
  private long end;

  private int layer;

  /**
   * @param stepsPerColumn how many runs of a column are looked at; half of them one by one
   */
  StoredRuns(LayeredMap map, long stepsPerColumn) {
    this.map = map;
    this.size = map.size();
    this.runsPerColumn = Math.max(1, stepsPerColumn / 2);
    this.bytes = new long[map.layers().size()][DiskSketch.COLUMNS];
  }

  /** Whether each run was looked at. */
  boolean exact() {
    return exact;
  }

  /** What each layer stores. */
  List<DiskSketch.Stored> count() throws IOException {
    int column = 0;
    long seen = 0;
    for (long at = 0; at < size; ) {
      if (at >= startOf(column + 1)) {
        column = columnAt(at);
        seen = 0;
      }
      if (seen == runsPerColumn) {
        sample(column, at);
        at = startOf(column + 1);
        continue;
      }
      look(at);
      add(at, end);
      seen++;
      at = end;
    }
    List<DiskSketch.Stored> all = new ArrayList<>();
    for (long[] columns : bytes) {
      all.add(shares(columns));
    }
    return all;
  }

  /** Lets places of what is left of a column stand for the rest. */
  private void sample(int column, long from) throws IOException {
    exact = false;
    long to = startOf(column + 1);
    long samples = Math.min(runsPerColumn, to - from);
    long state = from; // the same disk has the same picture
    for (long i = 0; i < samples; i++) {
      long start = from + part(to - from, i, samples);
      long next = from + part(to - from, i + 1, samples);
      state = state * 6_364_136_223_846_793_005L + 1_442_695_040_888_963_407L; // Knuth's generator
      look(start + Math.floorMod(state >>> 16, next - start));
      if (layer != NOTHING) {
        bytes[layer][column] += next - start;
      }
    }
  }

  /** Finds the run that begins at an offset. */
  private void look(long at) throws IOException {
    LayeredMap.Layered layered = map.layeredAt(at, size);
    Extent extent = layered.extent();
    end = extent.end();
    layer = extent.readsZero() ? NOTHING : layered.depth();
    if (extent instanceof Extent.Data data) {
      if (holes == null || holes.storage() != data.storage()) {
        holes = new Holes(data.storage());
      }
      // What was set aside, and never written, is not stored.
      Run run = holes.runAt(data.hostOffset(), data.hostOffset() + data.length());
      end = at + run.length();
      layer = run.hole() ? NOTHING : layer;
    }
  }

  private void add(long from, long to) {
    if (layer == NOTHING) {
      return;
    }
    for (int i = columnAt(from); i < DiskSketch.COLUMNS && startOf(i) < to; i++) {
      bytes[layer][i] += Math.min(to, startOf(i + 1)) - Math.max(from, startOf(i));
    }
  }

  private DiskSketch.Stored shares(long[] columns) {
    long all = 0;
    List<Integer> shares = new ArrayList<>();
    for (int i = 0; i < columns.length; i++) {
      all += columns[i];
      double length = startOf(i + 1) - startOf(i);
      // The least that is stored shows.
      int share = columns[i] == 0 ? 0 : (int) Math.ceil(columns[i] / length * DiskSketch.WHOLE);
      shares.add(Math.min(share, DiskSketch.WHOLE));
    }
    return new DiskSketch.Stored(all, shares);
  }

  private long startOf(int column) {
    return part(size, column, DiskSketch.COLUMNS);
  }

  private int columnAt(long offset) {
    int column =
        (int) Math.min(DiskSketch.COLUMNS - 1, offset / Math.max(1, size / DiskSketch.COLUMNS));
    while (startOf(column) > offset) {
      column--;
    }
    while (startOf(column + 1) <= offset) {
      column++;
    }
    return column;
  }

  /** {@code length * i / count} of any length, rounded down. */
  private static long part(long length, long i, long count) {
    return length / count * i + length % count * i / count;
  }
}
