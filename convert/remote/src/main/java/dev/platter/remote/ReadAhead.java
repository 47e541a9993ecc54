package dev.platter.remote;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;

/**
 * Windows on what is far away. Reads here and there ask for little; a reader who goes on where he
 * was is given more each time, and from the third on what comes next is asked for ahead of him, in
 * several requests at a time. For any number of threads. Memory: {@link #KEPT} bytes, and what is
 * under way.
 */
public final class ReadAhead {
  /** The least that is asked for, bytes. */
  public static final int SMALLEST = 64 << 10;

  private static final int LARGEST = 2 << 20;
  private static final long KEPT = 32L << 20;

  /** A network wants more requests in flight than there are cores. */
  private static final int IN_FLIGHT = 16;

  /** After how many windows one behind the other the next are asked for ahead. */
  private static final int STEPS = 2;

  private final long size;
  private final long ahead;
  private final Ranges ranges;
  private final Semaphore inFlight = new Semaphore(IN_FLIGHT);
  private final TreeMap<Long, Window> windows = new TreeMap<>();
  private long kept;
  private long clock;

  /** Who asks for a range, and waits for it. Any number of threads do. */
  @FunctionalInterface
  public interface Ranges {
    byte[] fetch(long offset, int length) throws IOException;
  }

  private static final class Window {
    final long offset;
    final int length;
    final int steps;
    final CompletableFuture<byte[]> bytes = new CompletableFuture<>();
    long used;

    Window(long offset, int length, int steps) {
      this.offset = offset;
      this.length = length;
      this.steps = steps;
    }

    long end() {
      return offset + length;
    }
  }

  /**
   * @param size how much there is to be read, bytes
   * @param ahead how much is asked for ahead of a reader, bytes
   */
  public ReadAhead(long size, long ahead, Ranges ranges) {
    this.size = size;
    this.ahead = Math.min(ahead, KEPT - 2 * LARGEST);
    this.ranges = ranges;
  }

  /** Keeps what was read already. */
  public synchronized void keep(long offset, byte[] bytes) {
    if (bytes.length > 0) {
      add(new Window(offset, bytes.length, 0)).bytes.complete(bytes);
    }
  }

  /**
   * Reads some bytes.
   *
   * @param offset less than the size
   * @return how many, at least one
   * @throws IOException its cause is what went wrong in {@link Ranges#fetch}
   */
  public long read(long offset, MemorySegment target) throws IOException {
    Window window;
    synchronized (this) {
      window = windowAt(offset, target.byteSize());
      window.used = ++clock;
      askAhead(window);
    }
    byte[] bytes;
    try {
      bytes = window.bytes.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while waiting for a server", e);
    } catch (ExecutionException e) {
      forget(window);
      throw new IOException(e.getCause().getMessage(), e.getCause());
    }
    int from = (int) (offset - window.offset);
    long count = Math.min(target.byteSize(), bytes.length - from);
    MemorySegment.copy(MemorySegment.ofArray(bytes), from, target, 0, count);
    return count;
  }

  private Window windowAt(long offset, long wanted) {
    Map.Entry<Long, Window> entry = windows.floorEntry(offset);
    Window before = entry == null ? null : entry.getValue();
    if (before != null && offset < before.end()) {
      return before;
    }
    boolean goesOn = before != null && before.end() == offset;
    long start = offset - offset % SMALLEST;
    if (before != null) {
      start = Math.max(start, before.end());
    }
    long length = goesOn ? 2L * before.length : SMALLEST;
    length = Math.max(length, offset - start + wanted);
    return begin(start, length, goesOn ? before.steps + 1 : 0);
  }

  private void askAhead(Window window) {
    if (window.steps < STEPS) {
      return;
    }
    long limit = Math.min(size, window.end() + ahead);
    long length = window.length;
    for (long at = window.end(); at < limit; ) {
      Window next = windows.get(at);
      if (next == null) {
        length = Math.min(LARGEST, 2 * length);
        next = begin(at, Math.min(length, limit - at), window.steps);
      }
      at = next.end();
    }
  }

  private Window begin(long start, long length, int steps) {
    Long next = windows.higherKey(start);
    long end = Math.min(next == null ? size : next, start + Math.clamp(length, 1, LARGEST));
    Window window = add(new Window(start, (int) (end - start), steps));
    Thread.ofVirtual().start(() -> fetch(window));
    return window;
  }

  private void fetch(Window window) {
    inFlight.acquireUninterruptibly();
    try {
      window.bytes.complete(ranges.fetch(window.offset, window.length));
    } catch (Throwable e) { // whoever waits for it is told
      window.bytes.completeExceptionally(e);
    } finally {
      inFlight.release();
    }
  }

  private Window add(Window window) {
    window.used = ++clock;
    windows.put(window.offset, window);
    kept += window.length;
    while (kept > KEPT) {
      Window oldest = null;
      for (Window each : windows.values()) {
        boolean isOlder = oldest == null || each.used < oldest.used;
        if (each != window && each.bytes.isDone() && isOlder) {
          oldest = each;
        }
      }
      if (oldest == null) {
        break;
      }
      forget(oldest);
    }
    return window;
  }

  private synchronized void forget(Window window) {
    if (windows.remove(window.offset, window)) {
      kept -= window.length;
    }
  }
}
