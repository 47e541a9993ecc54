package dev.platter.remote.azure;

import dev.platter.storage.WritableStorage;
import dev.platter.storage.ZeroScan;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * The bytes of a new page blob, in order: pages that hold data gather, and are put; what is zero is
 * not, as a new blob is. The last that hold data wait for {@link #finish}. Threads take turns.
 */
final class PageStorage extends WritableStorage {
  /** In what zeros are told from data, bytes: whole pages. */
  private static final int UNIT = 4096;

  /** Fewer zeros between data go with them, bytes, as another request takes longer. */
  private static final int LEAST_GAP = 64 << 10;

  private final Sink sink;
  private long expected = -1;
  private long position;

  /** What was written last, from {@link #start} on; null: nothing since it was put. */
  private byte[] part;

  private long start;
  private boolean closed;

  /** Where pages go. */
  interface Sink {
    /** Puts pages, which are the sink's own from then on; returns perhaps before they are there. */
    void put(long offset, byte[] pages, int from, int length) throws IOException;

    /** Returns when all are there. */
    void await() throws IOException;
  }

  PageStorage(String name, Sink sink) {
    super(name);
    this.sink = sink;
  }

  /** How long it will be, in whole pages; told before the first byte. */
  synchronized void expect(long size) {
    expected = size;
  }

  synchronized boolean isExpected() {
    return expected >= 0;
  }

  /** Puts what is left; the last run of data when all others are there. */
  synchronized void finish() throws IOException {
    requireOpen();
    if (position != expected) {
      throw new IOException(
          "%s: %d bytes were written, and %d announced".formatted(name(), position, expected));
    }
    putPart(true);
    sink.await();
  }

  private void requireOpen() throws IOException {
    if (closed) {
      throw new IOException(name() + " is closed");
    }
    if (!isExpected()) {
      throw new IOException(
          name() + ": the size of a blob must be known before its bytes, and is not here");
    }
  }

  /** Sees that bytes may follow from one offset to another. */
  private void requireNext(long offset, long end) throws IOException {
    requireOpen();
    if (offset < position) {
      throw new IOException(
          "%s: written at 0x%x after 0x%x; it is written in order"
              .formatted(name(), offset, position));
    }
    if (end > expected) {
      throw new IOException(
          "%s: more than the %d bytes that were announced".formatted(name(), expected));
    }
  }

  @Override
  protected synchronized long writeSome(long offset, MemorySegment source) throws IOException {
    long first = offset - offset % PageBlob.MOST_AT_ONCE;
    int within = (int) (offset - first);
    int count = (int) Math.min(source.byteSize(), PageBlob.MOST_AT_ONCE - within);
    requireNext(offset, offset + count);
    if (part != null && start != first) {
      putPart(false);
    }
    if (part == null) {
      start = first;
      part = new byte[(int) Math.min(PageBlob.MOST_AT_ONCE, expected - first)];
    }
    MemorySegment.copy(source, 0, MemorySegment.ofArray(part), within, count);
    position = offset + count;
    return count;
  }

  /** Puts each run of data. */
  private void putPart(boolean isLast) throws IOException {
    if (part == null) {
      return;
    }
    byte[] bytes = part;
    part = null;
    MemorySegment all = MemorySegment.ofArray(bytes);
    int at = (int) ZeroScan.zeroRun(all, UNIT);
    while (at < bytes.length) {
      int end = at + (int) ZeroScan.dataRun(all.asSlice(at), UNIT);
      int gap = end < bytes.length ? (int) ZeroScan.zeroRun(all.asSlice(end), UNIT) : 0;
      while (gap > 0 && gap < LEAST_GAP && end + gap < bytes.length) {
        end += gap;
        end += (int) ZeroScan.dataRun(all.asSlice(end), UNIT);
        gap = end < bytes.length ? (int) ZeroScan.zeroRun(all.asSlice(end), UNIT) : 0;
      }
      if (isLast && end + gap == bytes.length) {
        sink.await();
      }
      sink.put(start + at, bytes, at, end - at);
      at = end + gap;
    }
  }

  @Override
  protected synchronized void zeroRange(long offset, long length) throws IOException {
    long end = Math.addExact(offset, length);
    requireNext(offset, end);
    position = end;
  }

  /** A blob takes no more room than its pages that were put. */
  @Override
  protected void allocateRange(long offset, long length) {}

  @Override
  public synchronized void truncate(long size) throws IOException {
    requireNext(size, size);
    position = size;
  }

  /** How many bytes were written. */
  @Override
  public synchronized long size() {
    return position;
  }

  @Override
  public boolean readsZeroWhereUnwritten() {
    return true;
  }

  /** Does nothing: what counts is that it is published. */
  @Override
  public void sync() {}

  @Override
  protected long readSome(long offset, MemorySegment target) throws IOException {
    throw new IOException(name() + ": what is being sent cannot be read");
  }

  @Override
  public synchronized void close() {
    closed = true;
    part = null;
  }
}
