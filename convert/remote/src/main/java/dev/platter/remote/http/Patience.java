package dev.platter.remote.http;

import java.time.Duration;

/**
 * How long one waits for a server.
 *
 * @param silence how long it may take to accept, to answer, and between two pieces of an answer
 * @param pause how long to wait before something is tried for the second time; before each later
 *     time it is twice as long as before
 */
public record Patience(Duration silence, Duration pause) {
  private static final Duration PAUSE = Duration.ofMillis(200);

  /** That of whoever has no reason for another pause. */
  public static Patience of(Duration silence) {
    return new Patience(silence, PAUSE);
  }

  /**
   * How long to wait after an attempt that failed.
   *
   * @param number the attempt, from 1
   */
  Duration after(int number) {
    return pause.multipliedBy(1L << (number - 1));
  }
}
