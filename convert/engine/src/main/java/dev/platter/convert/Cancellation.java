package dev.platter.convert;

import java.io.IOException;

/**
 * A switch that ends work in progress: any thread may pull it, workers look at it between segments.
 */
public final class Cancellation {
  private volatile boolean cancelled;
  private Runnable action = () -> {};

  /** Makes the work that uses this end with {@link CancelledException}. */
  public void cancel() {
    Runnable last;
    synchronized (this) {
      cancelled = true;
      last = action;
    }
    last.run();
  }

  /**
   * Lets something be done when it is pulled, at once if it was: work that waits for somebody does
   * not look. Takes the place of what was to be done before. The action must not fail.
   */
  public void whenCancelled(Runnable action) {
    synchronized (this) {
      this.action = action;
      if (!cancelled) {
        return;
      }
    }
    action.run();
  }

  /** Whether it was pulled. */
  public boolean isCancelled() {
    return cancelled;
  }

  void check() throws CancelledException {
    if (cancelled) {
      throw new CancelledException();
    }
  }

  /** The work was cancelled. */
  public static final class CancelledException extends IOException {
    private static final long serialVersionUID = 1L;

    CancelledException() {
      super("cancelled");
    }
  }
}
