package dev.platter.convert;

import java.io.IOException;

/**
 * A switch that ends work in progress: any thread may pull it, workers look at it between segments.
 */
public final class Cancellation {
  private volatile boolean cancelled;

  /** Makes the work that uses this end with {@link CancelledException}. */
  public void cancel() {
    cancelled = true;
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
