package dev.platter.convert;

import dev.platter.image.BlockMap;
import dev.platter.image.Extent;
import dev.platter.image.disk.GuestDisk;
import dev.platter.image.disk.GuestReader;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Writes what one disk holds over another that is in use, on several threads: data are written,
 * zeros are made zeros, and where the first holds nothing the second stays as it is.
 */
public final class DiskCopy extends SharedWork {
  /** Whole blocks of most formats, so that no two threads write to one. */
  private static final int SPAN_BYTES = 2 << 20;

  private static final int PAGE = 4096;

  private final BlockMap source;
  private final GuestDisk target;
  private final Throttle throttle;
  private final long size;
  private long at;

  private DiskCopy(
      BlockMap source,
      GuestDisk target,
      long bytesPerSecond,
      Progress progress,
      Cancellation cancellation) {
    super(source.size(), progress, cancellation);
    this.source = source;
    this.target = target;
    this.throttle = new Throttle(bytesPerSecond);
    this.size = source.size();
  }

  /**
   * Copies all of it. The target is not flushed.
   *
   * @param source no larger than the target, and not changed by writing there
   * @throws Cancellation.CancelledException if it was cancelled; a part was written then
   */
  public static void run(
      BlockMap source, GuestDisk target, Pace pace, Progress progress, Cancellation cancellation)
      throws IOException {
    if (source.size() > target.size()) {
      throw new IllegalArgumentException(source.size() + " bytes onto " + target.size());
    }
    new DiskCopy(source, target, pace.bytesPerSecond(), progress, cancellation).run(pace.workers());
  }

  @Override
  Span next() throws IOException {
    while (at < size) {
      Extent extent = source.extentAt(at, size);
      if (extent instanceof Extent.Absent) {
        at = extent.end();
      } else {
        boolean isLong = extent instanceof Extent.Zero && extent.length() > SPAN_BYTES;
        long end = isLong ? extent.end() : Math.min(size, (at / SPAN_BYTES + 1) * SPAN_BYTES);
        Span span = new Span(at, end - at);
        at = end;
        return span;
      }
    }
    return null;
  }

  @Override
  Worker newWorker() {
    return new Copier();
  }

  /** What one thread needs. */
  private final class Copier implements Worker {
    private final Arena arena = Arena.ofConfined();
    private final GuestReader reader = new GuestReader();
    private final MemorySegment buffer = arena.allocate(SPAN_BYTES, PAGE);

    @Override
    public void run(Span span) throws IOException {
      long at = span.offset();
      while (at < span.end()) {
        Extent extent = source.extentAt(at, span.end());
        if (extent instanceof Extent.Absent) {
          at = extent.end();
        } else if (extent instanceof Extent.Zero) {
          target.zero(at, extent.length(), GuestDisk.Space.GIVE_BACK);
          at = extent.end();
        } else {
          at = copy(extent, span.end());
        }
      }
    }

    /** Copies the run of data that begins here; answers where it ends. */
    private long copy(Extent first, long limit) throws IOException {
      long start = first.offset();
      Extent extent = first;
      while (true) {
        throttle.take(extent.length());
        long end = extent.end();
        reader.read(extent, buffer.asSlice(extent.offset() - start, extent.length()));
        extent = end < limit ? source.extentAt(end, limit) : null;
        if (extent == null || extent.readsZero()) {
          target.write(start, buffer.asSlice(0, end - start));
          return end;
        }
      }
    }

    @Override
    public void close() {
      reader.close();
      arena.close();
    }
  }
}
