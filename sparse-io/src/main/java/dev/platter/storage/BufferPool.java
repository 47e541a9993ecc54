package dev.platter.storage;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Page-aligned buffers off the heap, within a budget of bytes. A buffer that comes back is lent
 * again; its old content is still in it. Any thread may borrow, and any thread may give back what
 * another one borrowed.
 *
 * <p>Whoever borrows several buffers at once must make sure that the budget holds what all threads
 * may hold together, or they may wait for each other.
 */
public final class BufferPool implements AutoCloseable {
  private static final long PAGE = 4096;

  private final long budget;
  private final ReentrantLock lock = new ReentrantLock(true);
  private final Condition returned = lock.newCondition();
  private final Deque<Buffer> idle = new ArrayDeque<>();
  private long used;
  private long lent;
  private boolean closed;

  /**
   * @param budget the most bytes that all buffers together take
   */
  public BufferPool(long budget) {
    if (budget < PAGE) {
      throw new IllegalArgumentException("a budget of " + budget + " bytes holds no buffer");
    }
    this.budget = budget;
  }

  /** The most bytes that all buffers together take. */
  public long budget() {
    return budget;
  }

  /** Bytes that are lent now. */
  public long lent() {
    lock.lock();
    try {
      return lent;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Borrows a buffer, waiting while the budget is used up.
   *
   * @param size bytes, positive; more than the budget can never be had
   * @throws IllegalStateException if the pool is closed, also while waiting
   */
  public Lease borrow(long size) {
    long capacity = capacity(size);
    lock.lock();
    try {
      while (true) {
        Buffer buffer = take(capacity);
        if (buffer != null) {
          lent += capacity;
          return new Lease(this, buffer, size);
        }
        returned.awaitUninterruptibly();
      }
    } finally {
      lock.unlock();
    }
  }

  private long capacity(long size) {
    if (size <= 0 || size > budget / PAGE * PAGE) {
      throw new IllegalArgumentException(
          "a buffer of " + size + " bytes can not be had from a budget of " + budget);
    }
    return (size + PAGE - 1) & -PAGE;
  }

  /** An idle buffer of that capacity, or a new one, or null if the budget does not allow it now. */
  private Buffer take(long capacity) {
    if (closed) {
      throw new IllegalStateException("the buffer pool is closed");
    }
    for (var buffers = idle.iterator(); buffers.hasNext(); ) {
      Buffer buffer = buffers.next();
      if (buffer.capacity() == capacity) {
        buffers.remove();
        return buffer;
      }
    }
    if (lent + capacity > budget) {
      return null;
    }
    while (used + capacity > budget) {
      free(idle.removeLast());
    }
    Buffer buffer = Buffer.of(capacity);
    used += capacity;
    return buffer;
  }

  private void free(Buffer buffer) {
    used -= buffer.capacity();
    buffer.arena().close();
  }

  private void giveBack(Buffer buffer) {
    lock.lock();
    try {
      lent -= buffer.capacity();
      if (closed) {
        free(buffer);
      } else {
        idle.addFirst(buffer); // last in, first out: its memory is likely to be in a cache
      }
      returned.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Frees what is idle, and the rest as it comes back; whoever waits gets an {@link
   * IllegalStateException}.
   */
  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      while (!idle.isEmpty()) {
        free(idle.removeLast());
      }
      returned.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private record Buffer(Arena arena, MemorySegment segment) {
    static Buffer of(long capacity) {
      Arena arena = Arena.ofShared();
      return new Buffer(arena, arena.allocate(capacity, PAGE));
    }

    long capacity() {
      return segment.byteSize();
    }
  }

  /** A borrowed buffer; closing gives it back. After that its segment belongs to somebody else. */
  public static final class Lease implements AutoCloseable {
    private final BufferPool pool;
    private final long size;
    private Buffer buffer;

    private Lease(BufferPool pool, Buffer buffer, long size) {
      this.pool = pool;
      this.buffer = buffer;
      this.size = size;
    }

    /**
     * The memory, exactly as large as asked for, aligned to 4 KiB, with undefined content.
     *
     * @throws IllegalStateException after {@link #close()}
     */
    public synchronized MemorySegment segment() {
      if (buffer == null) {
        throw new IllegalStateException("the buffer was given back");
      }
      return buffer.segment().asSlice(0, size);
    }

    /** Gives the buffer back; a second time does nothing. */
    @Override
    public void close() {
      Buffer mine;
      synchronized (this) {
        mine = buffer;
        buffer = null;
      }
      if (mine != null) {
        pool.giveBack(mine);
      }
    }
  }
}
