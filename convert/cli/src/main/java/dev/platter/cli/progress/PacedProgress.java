package dev.platter.cli.progress;

/** A display that tells no more often than so many times a second, with the rate so far. */
abstract class PacedProgress extends ProgressDisplay {
  private static final double NANOS = 1e9;

  private final long stepNanos;
  private final long start = System.nanoTime();
  private long shownAt;
  private long done;
  private long total;

  /**
   * @param perSecond how often it tells at the most
   * @param atOnce whether the first telling comes without a wait
   */
  PacedProgress(int perSecond, boolean atOnce) {
    this.stepNanos = (long) (NANOS / perSecond);
    this.shownAt = atOnce ? start - stepNanos : start;
  }

  @Override
  public final synchronized void advanced(long nowDone, long ofTotal) {
    done = nowDone;
    total = ofTotal;
    long now = System.nanoTime();
    if (now - shownAt >= stepNanos) {
      shownAt = now;
      show();
    }
  }

  /** Tells how far the work is. */
  abstract void show();

  /** Guest bytes. */
  final long done() {
    return done;
  }

  /** Guest bytes. */
  final long total() {
    return total;
  }

  /** Since the beginning. */
  final double seconds() {
    return (System.nanoTime() - start) / NANOS;
  }

  /** Guest bytes a second since the beginning. */
  final long rate() {
    return (long) (done / Math.max(1e-3, seconds()));
  }
}
