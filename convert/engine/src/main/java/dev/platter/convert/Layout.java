package dev.platter.convert;

import dev.platter.image.BlockMap;
import dev.platter.image.Extent;
import dev.platter.storage.Run;
import java.io.IOException;
import java.util.Arrays;

/**
 * The file that a new image will be, as a disk of its own: tables from the draft, guest bytes from
 * where the source has them. It is read in any order, and needs no room but for its tables; guest
 * bytes of a disk in very many pieces are in the draft, too.
 */
final class Layout implements BlockMap {
  /** As many as a disk of 128 GiB has that holds every second cluster of 64 KiB; 24 MiB. */
  static final int MOST_RUNS = 1 << 20;

  private static final int FIELDS = 3;
  private static final int HOST = 0;
  private static final int GUEST = 1;
  private static final int LENGTH = 2;

  private final BlockMap source;
  private final Draft draft;
  private final int mostRuns;

  /** Runs of guest bytes by their place in the file: host offset, guest offset, length. */
  private long[] runs = new long[FIELDS * 1024];

  private int count;
  private boolean isOrdered = true;
  private long size;

  /**
   * @param source the disk that the image will hold
   * @param draft what the image has beside its guest bytes
   * @param mostRuns how many runs of guest bytes are noted, usually {@link #MOST_RUNS}
   */
  Layout(BlockMap source, Draft draft, int mostRuns) {
    this.source = source;
    this.draft = draft;
    this.mostRuns = mostRuns;
  }

  /**
   * Guest bytes have their place. By one thread, and before anything is asked.
   *
   * @return false if there is no room for that to be noted: they belong into the draft
   */
  boolean add(long host, long guest, long length) {
    if (count > 0 && follows(count - 1, host, guest)) {
      runs[(count - 1) * FIELDS + LENGTH] += length;
      return true;
    }
    if (count >= mostRuns) {
      isOrdered = false;
      return false;
    }
    isOrdered &= count == 0 || field(count - 1, HOST) < host && field(count - 1, GUEST) < guest;
    if (count * FIELDS == runs.length) {
      runs = Arrays.copyOf(runs, 2 * runs.length);
    }
    int at = count;
    while (at > 0 && field(at - 1, HOST) > host) {
      at--;
    }
    System.arraycopy(runs, at * FIELDS, runs, (at + 1) * FIELDS, (count - at) * FIELDS);
    runs[at * FIELDS + HOST] = host;
    runs[at * FIELDS + GUEST] = guest;
    runs[at * FIELDS + LENGTH] = length;
    count++;
    return true;
  }

  private boolean follows(int run, long host, long guest) {
    long length = field(run, LENGTH);
    return field(run, HOST) + length == host && field(run, GUEST) + length == guest;
  }

  private long field(int run, int field) {
    return runs[run * FIELDS + field];
  }

  /** Whether all guest bytes have places, and those are in the order of the disk. */
  boolean isInGuestOrder() {
    return isOrdered;
  }

  /** Shows of the file's bytes those that are the guest's, where the guest has them. */
  Tap guest(Tap tap) {
    return (offset, bytes) -> {
      long end = offset + bytes.byteSize();
      for (int run = Math.max(0, lastFrom(offset)); run < count; run++) {
        long host = field(run, HOST);
        if (host >= end) {
          break;
        }
        long from = Math.max(offset, host);
        long to = Math.min(end, host + field(run, LENGTH));
        if (from < to) {
          tap.take(field(run, GUEST) + from - host, bytes.asSlice(from - offset, to - from));
        }
      }
    };
  }

  /** All has its place, and the tables are in the draft. */
  void complete() throws IOException {
    long end = count == 0 ? 0 : field(count - 1, HOST) + field(count - 1, LENGTH);
    size = Math.max(draft.size(), end);
  }

  /** How long the file is. */
  @Override
  public long size() {
    return size;
  }

  @Override
  public int blockSize() {
    return 1;
  }

  @Override
  public Extent extentAt(long offset, long limit) throws IOException {
    int run = lastFrom(offset);
    long next = run + 1 < count ? Math.min(limit, field(run + 1, HOST)) : limit;
    if (run >= 0) {
      long within = offset - field(run, HOST);
      long left = field(run, LENGTH) - within;
      if (left > 0) {
        long guest = field(run, GUEST) + within;
        return source.extentAt(guest, guest + Math.min(left, limit - offset)).at(offset);
      }
    }
    if (offset >= draft.size()) {
      return new Extent.Zero(offset, next - offset);
    }
    Run stored = draft.runAt(offset, next);
    return stored.hole()
        ? new Extent.Zero(offset, stored.length())
        : new Extent.Data(offset, stored.length(), draft, offset);
  }

  /** The last run that begins at {@code offset} or before; -1: none. */
  private int lastFrom(long offset) {
    int low = 0;
    int high = count;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (field(middle, HOST) <= offset) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low - 1;
  }
}
