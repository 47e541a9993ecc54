package dev.platter.convert;

import java.io.IOException;

/** What the worker threads of conversion and comparison have in common. */
final class Workers {
  private Workers() {}

  /**
   * Waits for a thread to end; an interrupt is kept for later, because workers are never abandoned.
   */
  static void join(Thread thread) {
    boolean interrupted = false;
    while (true) {
      try {
        thread.join();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Throws a worker's failure on the calling thread. */
  static IOException rethrow(Throwable failure) throws IOException {
    switch (failure) {
      case IOException e -> throw e;
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      default -> throw new IllegalStateException(failure);
    }
  }
}
