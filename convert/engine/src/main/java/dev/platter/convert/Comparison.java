package dev.platter.convert;

import dev.platter.image.BlockMap;
import dev.platter.image.Extent;
import dev.platter.image.Sizes;
import dev.platter.image.disk.GuestReader;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/**
 * Compares what the guest sees of two disks, on several threads. Where one disk is longer, the rest
 * of it must be zero to count as equal.
 */
public final class Comparison {
  private static final int SEGMENT_BYTES = 1 << 20;

  /** How much is compared by one call. */
  private static final int PART_BYTES = 4 << 10;

  private static final long NOWHERE = Long.MAX_VALUE;

  /** The unit in which differences are told. */
  private static final int SECTOR_BYTES = 512;

  private final BlockMap first;
  private final BlockMap second;
  private final Progress progress;
  private final Cancellation cancellation;
  private final long size;
  private long at;
  private long done;
  private long earliest = NOWHERE;
  private Throwable failure;

  private Comparison(
      BlockMap first, BlockMap second, long size, Progress progress, Cancellation cancellation) {
    this.first = first;
    this.second = second;
    this.progress = progress;
    this.cancellation = cancellation;
    this.size = size;
  }

  /** One side could not be read. */
  public static final class ReadException extends IOException {
    private static final long serialVersionUID = 1L;
    private final long offset;
    private final boolean first;

    ReadException(long offset, boolean first, IOException cause) {
      super(cause.getMessage(), cause);
      this.offset = offset;
      this.first = first;
    }

    /** The guest offset where reading failed. */
    public long offset() {
      return offset;
    }

    /** Whether it was the first of the two disks. */
    public boolean first() {
      return first;
    }
  }

  private record Span(long offset, long length) {}

  /**
   * Compares.
   *
   * @param limit where to stop; what lies behind it does not count
   * @param workers how many threads compare
   * @return where the bytes first differ: the offset of a sector of 512 bytes; empty: nowhere
   * @throws ReadException if one side cannot be read before the first difference is known
   */
  public static OptionalLong compare(
      BlockMap first,
      BlockMap second,
      long limit,
      int workers,
      Progress progress,
      Cancellation cancellation)
      throws IOException {
    long size = Math.min(limit, Math.max(first.size(), second.size()));
    return new Comparison(first, second, size, progress, cancellation).run(workers);
  }

  private OptionalLong run(int workers) throws IOException {
    List<Thread> helpers = new ArrayList<>();
    int count = (int) Math.min(workers, Sizes.ceilDiv(size, SEGMENT_BYTES));
    for (int i = 1; i < count; i++) {
      helpers.add(Thread.ofPlatform().name("platter-compare-" + i).daemon().start(this::work));
    }
    work();
    for (Thread helper : helpers) {
      Workers.join(helper);
    }
    cancellation.check();
    if (failure != null && !isAfterDifference(failure)) {
      throw Workers.rethrow(failure);
    }
    return earliest == NOWHERE ? OptionalLong.empty() : OptionalLong.of(earliest);
  }

  private void work() {
    try (Arena arena = Arena.ofConfined();
        GuestReader reader = new GuestReader()) {
      MemorySegment a = arena.allocate(SEGMENT_BYTES, 4096);
      MemorySegment b = arena.allocate(SEGMENT_BYTES, 4096);
      for (Span span = claim(); span != null; span = claim()) {
        compareSpan(span, a, b, reader);
        advance(span.length());
      }
    } catch (Throwable e) {
      fail(e);
    }
  }

  /**
   * The next span in which there is something to read; null at the end, or when something was
   * found.
   */
  private synchronized Span claim() throws IOException {
    while (at < size && earliest == NOWHERE && failure == null && !cancellation.isCancelled()) {
      Extent a = at(first, at, size);
      Extent b = at(second, at, size);
      long end = Math.min(a.end(), b.end());
      if (SegmentPlan.isQuiet(a) && SegmentPlan.isQuiet(b)) {
        done += end - at;
        at = end;
        continue;
      }
      long length = Math.min(size - at, SEGMENT_BYTES - at % SEGMENT_BYTES);
      Span span = new Span(at, length);
      at += length;
      return span;
    }
    return null;
  }

  private void compareSpan(Span span, MemorySegment a, MemorySegment b, GuestReader reader)
      throws IOException {
    long end = span.offset() + span.length();
    long start = span.offset();
    while (start < end) {
      Extent one = at(first, start, end);
      Extent two = at(second, start, end);
      long stop = Math.min(one.end(), two.end());
      long count = stop - start;
      if (!(SegmentPlan.isQuiet(one) && SegmentPlan.isQuiet(two))) {
        MemorySegment left = a.asSlice(0, count);
        MemorySegment right = b.asSlice(0, count);
        read(reader, one.slice(start, count), left, true);
        read(reader, two.slice(start, count), right, false);
        long differs = firstDifference(left, right);
        if (differs >= 0) {
          synchronized (this) {
            found(Sizes.roundDown(start + differs, SECTOR_BYTES));
          }
          return;
        }
      }
      start = stop;
    }
  }

  /**
   * The position of the first byte that differs, -1 without one. Asked for in parts, as the
   * comparison only uses the processor's vectors when its callers have been compiled: that needs
   * some calls.
   */
  private static long firstDifference(MemorySegment left, MemorySegment right) {
    for (long at = 0; at < left.byteSize(); at += PART_BYTES) {
      long end = Math.min(left.byteSize(), at + PART_BYTES);
      long differs = MemorySegment.mismatch(left, at, end, right, at, end);
      if (differs >= 0) {
        return at + differs;
      }
    }
    return -1;
  }

  private static void read(GuestReader reader, Extent extent, MemorySegment target, boolean isFirst)
      throws ReadException {
    try {
      reader.read(extent, target);
    } catch (IOException e) {
      throw new ReadException(extent.offset(), isFirst, e);
    }
  }

  private static Extent at(BlockMap map, long offset, long limit) throws IOException {
    return offset >= map.size()
        ? new Extent.Absent(offset, limit - offset)
        : map.extentAt(offset, Math.min(limit, map.size()));
  }

  private synchronized void found(long offset) {
    earliest = Math.min(earliest, offset);
  }

  private synchronized void advance(long bytes) {
    done += bytes;
    progress.advanced(done, size);
  }

  /** Whether the difference found makes it unimportant that something behind it cannot be read. */
  private boolean isAfterDifference(Throwable e) {
    return e instanceof ReadException read && earliest < read.offset();
  }

  private synchronized void fail(Throwable e) {
    boolean earlier =
        e instanceof ReadException one
            && failure instanceof ReadException other
            && one.offset() < other.offset();
    if (failure == null || earlier) {
      failure = e;
    }
  }
}
