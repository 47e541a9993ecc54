package dev.platter.convert;

import dev.platter.image.BlockMap;
import dev.platter.image.Extent;
import java.io.IOException;
import java.util.Arrays;
import java.util.function.Consumer;

/**
 * Where a disk differs from an older one, as {@link DiskDiff} tells it, to be written over that: of
 * a disk what lies in these ranges, or what does not. Differences that are very many become ranges
 * that hold what is the same, too. Filled by one thread, then asked by any.
 */
public final class DiskDelta implements Consumer<DiskDiff.Range> {
  /** How many ranges are noted, usually; 16 MiB. */
  static final int MOST_RANGES = 1 << 20;

  private final int most;
  private long[] starts = new long[64];
  private long[] ends = new long[64];
  private int count;

  /** Of no range yet. */
  public DiskDelta() {
    this(MOST_RANGES);
  }

  /**
   * @param most how many ranges are noted: the last one goes on to where anything else differs
   */
  DiskDelta(int most) {
    this.most = most;
  }

  /** Takes the next range, behind all that were taken. */
  @Override
  public void accept(DiskDiff.Range range) {
    long end = range.offset() + range.length();
    if (count > 0 && (ends[count - 1] == range.offset() || count == most)) {
      ends[count - 1] = end;
      return;
    }
    if (count == starts.length) {
      starts = Arrays.copyOf(starts, 2 * count);
      ends = Arrays.copyOf(ends, 2 * count);
    }
    starts[count] = range.offset();
    ends[count] = end;
    count++;
  }

  /** What a disk holds in the ranges: data, or zeros; nothing elsewhere. */
  public BlockMap within(BlockMap disk) {
    return new Part(disk) {
      @Override
      Extent inside(Extent extent) {
        return extent instanceof Extent.Absent
            ? new Extent.Zero(extent.offset(), extent.length())
            : extent;
      }

      @Override
      Extent outside(long offset, long length) {
        return new Extent.Absent(offset, length);
      }
    };
  }

  /** What a disk holds elsewhere, the ranges being zeros. */
  public BlockMap without(BlockMap disk) {
    return new Part(disk) {
      @Override
      Extent inside(Extent extent) {
        return new Extent.Zero(extent.offset(), extent.length());
      }

      @Override
      Extent outside(long offset, long length) throws IOException {
        return disk.extentAt(offset, offset + length);
      }
    };
  }

  /** A disk in two parts. */
  private abstract class Part implements BlockMap {
    private final BlockMap disk;

    Part(BlockMap disk) {
      this.disk = disk;
    }

    abstract Extent inside(Extent extent);

    abstract Extent outside(long offset, long length) throws IOException;

    @Override
    public long size() {
      return disk.size();
    }

    @Override
    public int blockSize() {
      return 1; // ranges begin anywhere
    }

    @Override
    public Extent extentAt(long offset, long limit) throws IOException {
      int next = Arrays.binarySearch(starts, 0, count, offset);
      int range = next >= 0 ? next : -next - 2; // the last that begins here or before
      if (range >= 0 && offset < ends[range]) {
        return inside(disk.extentAt(offset, Math.min(limit, ends[range])));
      }
      long end = range + 1 < count ? Math.min(limit, starts[range + 1]) : limit;
      return outside(offset, end - offset);
    }
  }
}
