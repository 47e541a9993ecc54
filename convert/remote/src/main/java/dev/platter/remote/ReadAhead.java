package dev.platter.remote;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Windows on what is far away. Reads here and there ask for little; a reader who goes on where he
 * was is given more each time, and from the third on what comes next is asked for ahead of him, in
 * several requests at a time. For any number of threads. Memory: {@link #KEPT} bytes, and what is
 * under way; that of whole windows is outside the heap, and used again.
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

  private static final int PAGE = 4096;
  private static final long IDLE_SECONDS = 5;

  private final long size;
  private final long ahead;
  private final int smallest;
  private final Ranges ranges;
  private final ThreadPoolExecutor threads = threads();
  private final TreeMap<Long, Window> windows = new TreeMap<>();

  /** Memory of the largest windows that nobody reads any more, for those to come. */
  private final Deque<MemorySegment> free = new ArrayDeque<>();

  private long kept;
  private long clock;

  /** Who asks for a range, and waits for it. Any number of threads do. */
  @FunctionalInterface
  public interface Ranges {
    /** Fills memory with the bytes from an offset on. */
    void fetch(long offset, MemorySegment target) throws IOException;
  }

  private static final class Window {
    final long offset;
    final int length;
    final int steps;
    final MemorySegment bytes;
    final CompletableFuture<Void> arrived = new CompletableFuture<>();
    long used;

    /** How many are about to use its bytes, whoever fetches them for one. */
    int users;

    boolean forgotten;

    Window(long offset, int steps, MemorySegment bytes) {
      this.offset = offset;
      this.length = (int) bytes.byteSize();
      this.steps = steps;
      this.bytes = bytes;
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
    this(size, ahead, SMALLEST, ranges);
  }

  /**
   * Windows on what comes in units.
   *
   * @param unit where windows begin, and of what they have a whole number, bytes: a power of two,
   *     at least {@link #SMALLEST} and at most 2 MiB
   */
  public ReadAhead(long size, long ahead, int unit, Ranges ranges) {
    this.size = size;
    this.ahead = Math.min(ahead, KEPT - 2 * LARGEST);
    this.smallest = unit;
    this.ranges = ranges;
  }

  /** Threads of the system, since virtual ones do not wait for sockets any better. */
  private static ThreadPoolExecutor threads() {
    ThreadPoolExecutor threads =
        new ThreadPoolExecutor(
            IN_FLIGHT,
            IN_FLIGHT,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            Thread.ofPlatform().daemon().name("platter-ahead-", 0).factory());
    threads.allowCoreThreadTimeOut(true);
    return threads;
  }

  /** Keeps what was read already. */
  public synchronized void keep(long offset, byte[] bytes) {
    if (bytes.length > 0) {
      add(new Window(offset, 0, MemorySegment.ofArray(bytes))).arrived.complete(null);
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
      window.users++;
      askAhead(window);
    }
    try {
      window.arrived.get();
      long from = offset - window.offset;
      long count = Math.min(target.byteSize(), window.length - from);
      MemorySegment.copy(window.bytes, from, target, 0, count);
      return count;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while waiting for a server", e);
    } catch (ExecutionException e) {
      forget(window);
      throw new IOException(e.getCause().getMessage(), e.getCause());
    } finally {
      leave(window);
    }
  }

  private Window windowAt(long offset, long wanted) {
    Map.Entry<Long, Window> entry = windows.floorEntry(offset);
    Window before = entry == null ? null : entry.getValue();
    if (before != null && offset < before.end()) {
      return before;
    }
    boolean goesOn = before != null && before.end() == offset;
    long start = offset - offset % smallest;
    if (before != null) {
      start = Math.max(start, before.end());
    }
    long length = goesOn ? 2L * before.length : smallest;
    length = Math.max(length, offset - start + Math.min(wanted, LARGEST));
    length = Math.ceilDiv(length, smallest) * (long) smallest;
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
      next.used = ++clock; // what is to come is kept rather than what was read
      at = next.end();
    }
  }

  private Window begin(long start, long length, int steps) {
    Long next = windows.higherKey(start);
    long end = Math.min(next == null ? size : next, start + Math.clamp(length, 1, LARGEST));
    Window window = add(new Window(start, steps, memory((int) (end - start))));
    window.users++;
    threads.execute(() -> fetch(window));
    return window;
  }

  private MemorySegment memory(int length) {
    if (length < LARGEST) {
      return MemorySegment.ofArray(new byte[length]);
    }
    return free.isEmpty() ? Arena.ofAuto().allocate(LARGEST, PAGE) : free.pop();
  }

  private void fetch(Window window) {
    try {
      ranges.fetch(window.offset, window.bytes);
      window.arrived.complete(null);
    } catch (Throwable e) { // whoever waits for it is told
      window.arrived.completeExceptionally(e);
    } finally {
      leave(window);
    }
  }

  private synchronized void leave(Window window) {
    window.users--;
    reuse(window);
  }

  private Window add(Window window) {
    window.used = ++clock;
    windows.put(window.offset, window);
    kept += window.length;
    while (kept > KEPT) {
      Window oldest = null;
      for (Window each : windows.values()) {
        boolean isOlder = oldest == null || each.used < oldest.used;
        if (each != window && each.users == 0 && isOlder) {
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
      window.forgotten = true;
      reuse(window);
    }
  }

  private void reuse(Window window) {
    if (window.forgotten && window.users == 0 && window.bytes.isNative()) {
      free.push(window.bytes);
    }
  }
}
