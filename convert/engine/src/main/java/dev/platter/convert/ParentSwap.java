package dev.platter.convert;

import dev.platter.image.BlockMap;
import dev.platter.image.Extent;
import dev.platter.image.disk.GuestDisk;
import dev.platter.image.disk.GuestReader;
import dev.platter.image.spi.BlockEncoder;
import dev.platter.storage.ZeroScan;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * Prepares a disk for another parent: what shows of the old one, and is not the same in the new
 * one, is written into the disk itself, so that the disk is the same whichever of the two is below.
 */
public final class ParentSwap extends SharedWork {
  private static final int SPAN_BYTES = 2 << 20;

  /** The unit in which the parents are compared. */
  private static final int PIECE_BYTES = 4096;

  private final BlockMap top;
  private final long size;
  private final Optional<BlockMap> before;
  private final Optional<BlockMap> after;
  private final Optional<BlockMap> between;
  private final GuestDisk disk;
  private final int pieceBytes;
  private final int zeroUnit;
  private final Form form;
  private long at;

  /** How what is written into the disk is stored. */
  public enum Form {
    /** As it is: the pieces that differ, no matter how little of a block. */
    PLAIN,
    /** Compressed, block by block, where the disk can do that and it saves space. */
    COMPRESSED
  }

  /**
   * The two parents.
   *
   * @param before what is below; empty: nothing
   * @param after what is to be below; empty: nothing
   * @param between the layers of {@code before} above {@code after}, where the latter is a part of
   *     the former; empty: it is not
   */
  public record Parents(
      Optional<BlockMap> before, Optional<BlockMap> after, Optional<BlockMap> between) {}

  private ParentSwap(
      GuestDisk disk, Parents parents, Form form, Progress progress, Cancellation cancellation) {
    super(disk.size(), progress, cancellation);
    this.disk = disk;
    this.top = disk.map().layers().getFirst();
    this.size = disk.size();
    this.form = form;
    boolean whole = form == Form.COMPRESSED;
    this.pieceBytes = whole ? Math.max(disk.blockSize(), PIECE_BYTES) : PIECE_BYTES;
    this.zeroUnit = whole ? pieceBytes : Math.clamp(top.blockSize(), PIECE_BYTES, 1 << 20);
    this.before = parents.before();
    this.after = parents.after();
    this.between = parents.between();
  }

  /**
   * Writes what differs. The disk is not flushed.
   *
   * @param disk over the old parent
   * @throws Cancellation.CancelledException if it was cancelled; the disk is the same then, too
   */
  public static void run(
      GuestDisk disk,
      Parents parents,
      Form form,
      Pace pace,
      Progress progress,
      Cancellation cancellation)
      throws IOException {
    new ParentSwap(disk, parents, form, progress, cancellation).run(pace.workers());
  }

  @Override
  Span next() throws IOException {
    while (at < size) {
      long same = endOfSame(at, size);
      if (same == at) {
        long end = Math.min(size, (at / SPAN_BYTES + 1) * SPAN_BYTES);
        Span span = new Span(at, end - at);
        at = end;
        return span;
      }
      at = same;
    }
    return null;
  }

  /** The end of what needs no look: nothing of either parent shows, or both are known to agree. */
  private long endOfSame(long from, long limit) throws IOException {
    Extent own = top.extentAt(from, limit);
    if (!(own instanceof Extent.Absent)) {
      return own.end();
    }
    if (between.isPresent()) {
      Extent extent = at(between, from, own.end());
      if (extent instanceof Extent.Absent) {
        return extent.end();
      }
      return from;
    }
    Extent old = at(before, from, own.end());
    Extent other = at(after, from, own.end());
    return old.readsZero() && other.readsZero() ? Math.min(old.end(), other.end()) : from;
  }

  private static Extent at(Optional<BlockMap> map, long offset, long limit) throws IOException {
    if (map.isEmpty() || offset >= map.get().size()) {
      return new Extent.Zero(offset, limit - offset);
    }
    return map.get().extentAt(offset, Math.min(limit, map.get().size()));
  }

  @Override
  Worker newWorker() {
    return new Comparer();
  }

  /** What one thread needs. */
  private final class Comparer implements Worker {
    private final Arena arena = Arena.ofConfined();
    private final GuestReader reader = new GuestReader();
    private final MemorySegment old = arena.allocate(SPAN_BYTES, PIECE_BYTES);
    private final MemorySegment other = arena.allocate(SPAN_BYTES, PIECE_BYTES);
    private final Optional<BlockEncoder> encoder =
        form == Form.COMPRESSED ? disk.newEncoder() : Optional.empty();
    private final MemorySegment room =
        encoder.isEmpty() ? MemorySegment.NULL : arena.allocate(disk.roomFor(encoder.get()));

    @Override
    public void run(Span span) throws IOException {
      long at = span.offset();
      while (at < span.end()) {
        long same = endOfSame(at, span.end());
        if (same > at) {
          at = same;
        } else {
          long end = top.extentAt(at, span.end()).end();
          compare(at, end);
          at = end;
        }
      }
    }

    private void compare(long from, long end) throws IOException {
      MemorySegment first = old.asSlice(0, end - from);
      read(before, from, first);
      if (from % zeroUnit == 0 && readsZero(after, from, end)) {
        keepData(from, first);
        return;
      }
      MemorySegment second = other.asSlice(0, end - from);
      read(after, from, second);
      long at = 0;
      while (at < first.byteSize()) {
        long differs = MemorySegment.mismatch(first, at, end - from, second, at, end - from);
        if (differs < 0) {
          return;
        }
        at = Math.max(at, (from + at + differs) / pieceBytes * pieceBytes - from);
        long stop = endOfDiffering(from, first, second, at);
        keep(from, first, at, stop);
        at = stop;
      }
    }

    private boolean readsZero(Optional<BlockMap> map, long from, long end) throws IOException {
      long at = from;
      while (at < end) {
        Extent extent = at(map, at, end);
        if (!extent.readsZero()) {
          return false;
        }
        at = extent.end();
      }
      return true;
    }

    /** Over zeros: what is not zero is written, whole units of it. */
    private void keepData(long from, MemorySegment bytes) throws IOException {
      long at = ZeroScan.zeroRun(bytes, zeroUnit);
      while (at < bytes.byteSize()) {
        long run = ZeroScan.dataRun(bytes.asSlice(at), zeroUnit);
        write(from + at, bytes.asSlice(at, run));
        at += run;
        at += ZeroScan.zeroRun(bytes.asSlice(at), zeroUnit);
      }
    }

    private void read(Optional<BlockMap> map, long offset, MemorySegment target)
        throws IOException {
      long length = map.isEmpty() ? 0 : Math.clamp(map.get().size() - offset, 0, target.byteSize());
      if (length > 0) {
        reader.read(map.get(), offset, target.asSlice(0, length));
      }
      target.asSlice(length).fill((byte) 0);
    }

    private long pieceEnd(long from, long at, long limit) {
      return Math.min(limit, ((from + at) / pieceBytes + 1) * pieceBytes - from);
    }

    private long unitEnd(long from, long at, long limit) {
      return Math.min(limit, ((from + at) / zeroUnit + 1) * zeroUnit - from);
    }

    private long endOfDiffering(long from, MemorySegment first, MemorySegment second, long start) {
      long at = start;
      while (at < first.byteSize()) {
        long stop = pieceEnd(from, at, first.byteSize());
        if (MemorySegment.mismatch(first, at, stop, second, at, stop) < 0) {
          break;
        }
        at = stop;
      }
      return at;
    }

    /** Zeros need take no space. */
    private void keep(long from, MemorySegment bytes, long start, long end) throws IOException {
      long at = start;
      while (at < end) {
        long stop = unitEnd(from, at, end);
        boolean zero = isZero(bytes, at, stop);
        while (stop < end && isZero(bytes, stop, unitEnd(from, stop, end)) == zero) {
          stop = unitEnd(from, stop, end);
        }
        if (zero) {
          disk.cover(from + at, stop - at);
        } else {
          write(from + at, bytes.asSlice(at, stop - at));
        }
        at = stop;
      }
    }

    private void write(long offset, MemorySegment bytes) throws IOException {
      if (encoder.isEmpty()) {
        disk.write(offset, bytes);
        return;
      }
      int block = disk.blockSize();
      long end = offset + bytes.byteSize();
      for (long at = offset; at < end; ) {
        long stop = Math.min(end, (at / block + 1) * block);
        MemorySegment one = bytes.asSlice(at - offset, stop - at);
        // Of a block that the disk holds in part itself only the rest is written.
        if (at % block == 0 && stop - at == Math.min(block, size - at)) {
          disk.writeCompressed(at, one, encoder.get(), room);
        } else {
          disk.write(at, one);
        }
        at = stop;
      }
    }

    private static boolean isZero(MemorySegment bytes, long from, long end) {
      return ZeroScan.isZero(bytes.asSlice(from, end - from));
    }

    @Override
    public void close() {
      reader.close();
      encoder.ifPresent(BlockEncoder::close);
      arena.close();
    }
  }
}
