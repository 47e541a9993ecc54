package dev.platter.remote;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Lets so many bytes a second pass, for all threads together. What was not used for a moment may
 * follow at once, up to {@link #BURST}, so that the pauses of a network do not add up.
 */
final class TokenBucket {
  /** How much of the time before now may be made up for, nanoseconds. */
  static final long BURST = TimeUnit.MILLISECONDS.toNanos(250);

  private final long bytesPerSecond;
  private final Clock clock;

  /** When all that was taken would have passed at the rate. */
  private double due;

  /** What time it is, and how one waits. */
  interface Clock {
    /** The time of the process. */
    Clock SYSTEM =
        new Clock() {
          @Override
          public long nanos() {
            return System.nanoTime();
          }

          @Override
          public void await(long nanos) {
            LockSupport.parkNanos(nanos);
          }
        };

    /** Nanoseconds since some moment. */
    long nanos();

    /** Waits, perhaps less than that. */
    void await(long nanos);
  }

  /**
   * A full one.
   *
   * @param bytesPerSecond the rate, more than 0
   */
  TokenBucket(long bytesPerSecond, Clock clock) {
    this.bytesPerSecond = bytesPerSecond;
    this.clock = clock;
    this.due = clock.nanos() - BURST;
  }

  /**
   * Waits until that many bytes may have passed. An interrupted thread does not wait: whatever it
   * does ends soon.
   */
  void take(long bytes) {
    long until = reserve(bytes);
    for (long left = until - clock.nanos(); left > 0; left = until - clock.nanos()) {
      if (Thread.currentThread().isInterrupted()) {
        return;
      }
      clock.await(left);
    }
  }

  private synchronized long reserve(long bytes) {
    due = Math.max(due, (double) (clock.nanos() - BURST));
    due += (double) bytes / bytesPerSecond * TimeUnit.SECONDS.toNanos(1);
    return (long) due;
  }
}
