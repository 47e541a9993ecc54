package dev.platter.remote;

import dev.platter.storage.WritableStorage;
import dev.platter.storage.ZeroScan;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * The bytes of something new that is all zeros at first, in order: what holds data gathers in
 * blocks, and is put; what is zero is not. The last that hold data wait for {@link #finish}.
 * Threads take turns.
 */
public final class BlockStorage extends WritableStorage {
  private final Sizes sizes;
  private final Sink sink;
  private long expected = -1;
  private long position;

  /** What was written last, from {@link #start} on; null: nothing since it was put. */
  private byte[] part;

  private long start;
  private boolean closed;

  /**
   * In what it is cut.
   *
   * @param block the most that is put at a time, bytes; blocks lie at multiples of it
   * @param unit in what zeros are told from data, bytes: a part of a block
   * @param leastGap fewer zeros between data go with them, bytes, as another request takes longer
   */
  public record Sizes(int block, int unit, int leastGap) {}

  /** Where blocks go. */
  public interface Sink {
    /**
     * Puts a part of a block, whose bytes are the sink's own from then on; returns perhaps before
     * they are there.
     */
    void put(long offset, byte[] block, int from, int length) throws IOException;

    /** Returns when all are there. */
    void await() throws IOException;
  }

  public BlockStorage(String name, Sizes sizes, Sink sink) {
    super(name);
    this.sizes = sizes;
    this.sink = sink;
  }

  /** How long it will be; told before the first byte. */
  public synchronized void expect(long size) {
    expected = size;
  }

  /** Whether it is known how long it will be. */
  public synchronized boolean isExpected() {
    return expected >= 0;
  }

  /** Puts what is left; the last run of data when all others are there. */
  public synchronized void finish() throws IOException {
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
      throw new IOException(name() + ": its size must be known before its bytes, and is not here");
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
    long first = offset - offset % sizes.block();
    int within = (int) (offset - first);
    int count = (int) Math.min(source.byteSize(), sizes.block() - within);
    requireNext(offset, offset + count);
    if (part != null && start != first) {
      putPart(false);
    }
    if (part == null) {
      start = first;
      part = new byte[(int) Math.min(sizes.block(), expected - first)];
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
    int at = (int) ZeroScan.zeroRun(all, sizes.unit());
    while (at < bytes.length) {
      int end = at + (int) ZeroScan.dataRun(all.asSlice(at), sizes.unit());
      int gap = end < bytes.length ? (int) ZeroScan.zeroRun(all.asSlice(end), sizes.unit()) : 0;
      while (gap > 0 && gap < sizes.leastGap() && end + gap < bytes.length) {
        end += gap;
        end += (int) ZeroScan.dataRun(all.asSlice(end), sizes.unit());
        gap = end < bytes.length ? (int) ZeroScan.zeroRun(all.asSlice(end), sizes.unit()) : 0;
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

  /** It takes no more room than what was put. */
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
