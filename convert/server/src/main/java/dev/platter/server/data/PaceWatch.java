package dev.platter.server.data;

import dev.platter.service.Pace;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Cuts off a reader that is too slow, while we wait for it. A thread of its own looks, as the one
 * that sends comes back only when something was read.
 */
final class PaceWatch implements AutoCloseable {
  private static final ScheduledExecutorService CLOCK =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("pace").factory());

  private final AtomicLong sinceLastLook = new AtomicLong();
  private final long begun = System.nanoTime();
  private final Pace pace;
  private final Runnable cut;
  private final ScheduledFuture<?> looks;

  /**
   * @param cut ends the transfer, from another thread
   */
  PaceWatch(Pace pace, Runnable cut) {
    this.pace = pace;
    this.cut = cut;
    long window = pace.window().toMillis();
    looks = CLOCK.scheduleAtFixedRate(this::look, window, window, TimeUnit.MILLISECONDS);
  }

  /** What is to be sent at a time, so that a reader that is fast enough is seen to be: bytes. */
  static long part(Pace pace) {
    return Math.max(1024, leastInWindow(pace) / 2);
  }

  private static long leastInWindow(Pace pace) {
    return (long) Math.min(1L << 40, pace.leastRate() * (pace.window().toMillis() / 1e3));
  }

  private void look() {
    boolean slow = sinceLastLook.getAndSet(0) < leastInWindow(pace);
    if (slow || System.nanoTime() - begun > pace.longest().toNanos()) {
      looks.cancel(false);
      cut.run();
    }
  }

  void passed(long bytes) {
    sinceLastLook.addAndGet(bytes);
  }

  @Override
  public void close() {
    looks.cancel(false);
  }
}
