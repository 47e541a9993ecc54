package dev.platter.image.disk;

import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Locks on ranges of numbers, shared or exclusive. Whoever comes waits for those before it that
 * overlap, unless both only share; so nobody waits for ever, and as each holds one range at a time
 * nobody waits in a circle.
 */
final class RangeLocks {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  /** The last of those who hold or wait, in the order in which they came. */
  private Held last;

  private int waiting;

  /** A range that is held until it is closed. */
  final class Held implements AutoCloseable {
    private final long from;
    private final long end;
    private final boolean exclusive;
    private Held before;
    private Held after;

    private Held(long from, long end, boolean exclusive) {
      this.from = from;
      this.end = end;
      this.exclusive = exclusive;
    }

    private boolean mustWait() {
      for (Held other = before; other != null; other = other.before) {
        if ((exclusive || other.exclusive) && other.from < end && from < other.end) {
          return true;
        }
      }
      return false;
    }

    @Override
    public void close() {
      lock.lock();
      try {
        if (before != null) {
          before.after = after;
        }
        if (after == null) {
          last = before;
        } else {
          after.before = before;
        }
        if (waiting > 0) {
          changed.signalAll();
        }
      } finally {
        lock.unlock();
      }
    }
  }

  /** Waits for a range that others may share; {@code end} is the first number after it. */
  Held shared(long from, long end) {
    return add(new Held(from, end, false));
  }

  /** Waits for a range of one's own. */
  Held exclusive(long from, long end) {
    return add(new Held(from, end, true));
  }

  private Held add(Held held) {
    lock.lock();
    try {
      held.before = last;
      if (last != null) {
        last.after = held;
      }
      last = held;
      while (held.mustWait()) {
        waiting++;
        changed.awaitUninterruptibly();
        waiting--;
      }
    } finally {
      lock.unlock();
    }
    return held;
  }
}
