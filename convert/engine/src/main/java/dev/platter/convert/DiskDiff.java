package dev.platter.convert;

import dev.platter.image.BlockMap;
import dev.platter.image.Extent;
import dev.platter.image.disk.GuestReader;
import dev.platter.storage.ZeroScan;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Finds all ranges in which a disk differs from an older one, on several threads, and tells them in
 * order. Ranges are of whole sectors of 512 bytes.
 */
public final class DiskDiff extends SharedWork {
  private static final int SPAN_BYTES = 1 << 20;
  private static final int SECTOR_BYTES = 512;

  private final BlockMap before;
  private final BlockMap after;
  private final Optional<BlockMap> changed;
  private final Consumer<? super Range> listener;
  private final long size;
  private final Turns<List<Range>> turns = new Turns<>();
  private long at;

  /**
   * A run of sectors that differ.
   *
   * @param zero whether it holds zeros now
   */
  public record Range(long offset, long length, boolean zero) {}

  private DiskDiff(
      BlockMap before,
      BlockMap after,
      Optional<BlockMap> changed,
      Consumer<? super Range> listener,
      Progress progress,
      Cancellation cancellation) {
    super(after.size(), progress, cancellation);
    if (before.size() != after.size()) {
      throw new IllegalArgumentException(before.size() + " and " + after.size() + " bytes");
    }
    this.before = before;
    this.after = after;
    this.changed = changed;
    this.listener = listener;
    this.size = after.size();
  }

  /**
   * Finds them.
   *
   * @param before as large as {@code after}
   * @param changed where this has nothing, the two are known to be the same; empty: nothing is
   *     known
   * @param listener is told each, in order, one that goes on with the last one too; by one thread
   *     at a time
   * @throws Cancellation.CancelledException if it was cancelled
   */
  public static void run(
      BlockMap before,
      BlockMap after,
      Optional<BlockMap> changed,
      int workers,
      Consumer<? super Range> listener,
      Progress progress,
      Cancellation cancellation)
      throws IOException {
    DiskDiff diff = new DiskDiff(before, after, changed, listener, progress, cancellation);
    diff.run(workers);
  }

  @Override
  Span next() throws IOException {
    while (at < size) {
      long same = sameUpTo(at);
      if (same == at) {
        long end = Math.min(size, (at / SPAN_BYTES + 1) * SPAN_BYTES);
        Span span = new Span(at, end - at);
        at = end;
        synchronized (turns) {
          turns.claim(span.offset());
        }
        return span;
      }
      at = same;
    }
    return null;
  }

  /** Where it ends that the two are the same without a look at their bytes. */
  private long sameUpTo(long from) throws IOException {
    if (changed.isPresent() && from < changed.get().size()) {
      Extent extent = changed.get().extentAt(from, Math.min(size, changed.get().size()));
      if (extent instanceof Extent.Absent) {
        return extent.end();
      }
    }
    Extent one = before.extentAt(from, size);
    Extent two = after.extentAt(from, one.end());
    return SegmentPlan.isQuiet(one) && SegmentPlan.isQuiet(two) ? two.end() : from;
  }

  @Override
  Worker newWorker() {
    return new Comparer();
  }

  private void deliver(long offset, List<Range> found) {
    synchronized (turns) {
      turns.deliver(offset, found);
      for (var due = turns.take(); due.isPresent(); due = turns.take()) {
        due.get().made().forEach(listener);
      }
    }
  }

  /** What one thread needs. */
  private final class Comparer implements Worker {
    private final Arena arena = Arena.ofConfined();
    private final GuestReader reader = new GuestReader();
    private final MemorySegment old = arena.allocate(SPAN_BYTES, 4096);
    private final MemorySegment now = arena.allocate(SPAN_BYTES, 4096);

    @Override
    public void run(Span span) throws IOException {
      MemorySegment one = old.asSlice(0, span.length());
      MemorySegment two = now.asSlice(0, span.length());
      reader.read(before, span.offset(), one);
      reader.read(after, span.offset(), two);
      List<Range> found = new ArrayList<>();
      for (long from = 0; from < span.length(); ) {
        long differs = one.asSlice(from).mismatch(two.asSlice(from));
        if (differs < 0) {
          break;
        }
        long start = from + differs - (from + differs) % SECTOR_BYTES;
        long end = Math.min(span.length(), start + SECTOR_BYTES);
        MemorySegment sector = two.asSlice(start, end - start);
        boolean isZero = ZeroScan.zeroRun(sector, SECTOR_BYTES) == sector.byteSize();
        found.add(new Range(span.offset() + start, end - start, isZero));
        from = end;
      }
      deliver(span.offset(), found);
    }

    @Override
    public void close() {
      reader.close();
      arena.close();
    }
  }
}
