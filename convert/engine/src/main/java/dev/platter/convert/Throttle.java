package dev.platter.convert;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Keeps reading under a rate. */
final class Throttle {
  private final long bytesPerSecond;
  private final long start = System.nanoTime();
  private long taken;

  /**
   * @param bytesPerSecond the rate; 0: no bound
   */
  Throttle(long bytesPerSecond) {
    this.bytesPerSecond = bytesPerSecond;
  }

  /** Waits until so many bytes may be read. */
  void take(long bytes) {
    if (bytesPerSecond == 0) {
      return;
    }
    long due = reserve(bytes);
    for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }

  private synchronized long reserve(long bytes) {
    long due = start + (long) ((double) taken / bytesPerSecond * TimeUnit.SECONDS.toNanos(1));
    taken += bytes;
    return due;
  }
}
