package dev.platter.server.http;

import java.time.Duration;

/** Counts the requests that are under way, so that the service ends when they have. */
final class Drain {
  private int running;
  private boolean ending;

  /**
   * A request begins.
   *
   * @return whether it is the last of its connection, as the service ends
   */
  synchronized boolean enter() {
    running++;
    return ending;
  }

  /** A request has ended. */
  synchronized void leave() {
    running--;
    notifyAll();
  }

  /**
   * Waits until none is under way.
   *
   * @param most how long
   * @return how many still are
   */
  synchronized int await(Duration most) throws InterruptedException {
    ending = true;
    long end = System.nanoTime() + most.toNanos();
    for (long left = most.toNanos(); running > 0 && left > 0; left = end - System.nanoTime()) {
      wait(left / 1_000_000, (int) (left % 1_000_000));
    }
    return running;
  }
}
