package dev.platter.convert;

import dev.platter.image.BlockMap;
import dev.platter.image.Extent;
import dev.platter.storage.Run;
import java.io.IOException;
import java.util.Arrays;

/**
 * The file that a new image will be, as a disk of its own: tables from the draft, guest bytes from
 * where the source has them. It is read in any order, and needs no room but for its tables.
 */
final class Layout implements BlockMap {
  /** Four times as many as a disk of 64 GiB has that holds every second cluster. */
  private static final int MOST_RUNS = 1 << 22;

  private static final int FIELDS = 3;
  private static final int HOST = 0;
  private static final int GUEST = 1;
  private static final int LENGTH = 2;

  private final BlockMap source;
  private final Draft draft;

  /** Runs of guest bytes by their place in the file: host offset, guest offset, length. */
  private long[] runs = new long[FIELDS * 1024];

  private int count;
  private long size;

  /**
   * @param source the disk that the image will hold
   * @param draft what the image has beside its guest bytes
   */
  Layout(BlockMap source, Draft draft) {
    this.source = source;
    this.draft = draft;
  }

  /**
   * Guest bytes have their place. By one thread, and before anything is asked.
   *
   * @throws IOException if the disk is in too many pieces
   */
  void add(long host, long guest, long length) throws IOException {
    if (count > 0 && follows(count - 1, host, guest)) {
      runs[(count - 1) * FIELDS + LENGTH] += length;
      return;
    }
    if (count == MOST_RUNS) {
      throw new IOException(
          draft.name()
              + ": the disk has more than "
              + MOST_RUNS
              + " separate runs of data: too many to be written in order, but for a file");
    }
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
  }

  private boolean follows(int run, long host, long guest) {
    long length = field(run, LENGTH);
    return field(run, HOST) + length == host && field(run, GUEST) + length == guest;
  }

  private long field(int run, int field) {
    return runs[run * FIELDS + field];
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
