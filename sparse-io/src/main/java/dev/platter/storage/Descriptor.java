package dev.platter.storage;

import java.nio.channels.ClosedChannelException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A file descriptor. The number of calls under way is counted, and the descriptor is given up by
 * whoever comes last, so that a call never meets a number that the system has handed out again.
 */
final class Descriptor implements ByteLocks.Calls {
  private static final int CLOSED = Integer.MIN_VALUE;

  private final int fd;
  private final AtomicInteger users = new AtomicInteger();

  Descriptor(int fd) {
    this.fd = fd;
  }

  boolean isClosed() {
    return users.get() < 0;
  }

  /** Begins a call, unless it is closed. */
  boolean tryEnter() {
    while (true) {
      int now = users.get();
      if (now < 0) {
        return false;
      }
      if (users.compareAndSet(now, now + 1)) {
        return true;
      }
    }
  }

  void enter() throws ClosedChannelException {
    if (!tryEnter()) {
      throw new ClosedChannelException();
    }
  }

  /** Ends a call. */
  void leave() {
    if (users.decrementAndGet() == CLOSED) {
      Posix.close(fd);
    }
  }

  /**
   * No call begins any more; those under way come to their end first.
   *
   * @return what the system says to it; 0 where that is not known yet
   */
  long close() {
    int before;
    do {
      before = users.get();
      if (before < 0) {
        return 0;
      }
    } while (!users.compareAndSet(before, before | CLOSED));
    return before == 0 ? Posix.close(fd) : 0;
  }

  @Override
  public long lock(long at) {
    return Posix.lock(fd, at);
  }

  @Override
  public long unlock(long from, long length) {
    return Posix.unlock(fd, from, length);
  }

  @Override
  public long isLocked(long at) {
    return Posix.isLocked(fd, at);
  }
}
