package dev.platter.service;

import java.time.Duration;
import java.util.Objects;

/**
 * How fast the bytes of an image must come, so that nobody holds a place for ever who hardly sends
 * anything.
 *
 * @param leastRate bytes a second, on average over each {@code window}; 0: any
 * @param window how long a sender may be slower than that
 * @param longest how long all of it may take
 */
public record Pace(long leastRate, Duration window, Duration longest) {
  /** 16 KiB a second, and six hours. */
  public static final Pace DEFAULT =
      new Pace(16 << 10, Duration.ofSeconds(30), Duration.ofHours(6));

  /** As slowly as it likes. */
  static final Pace ANY = new Pace(0, Duration.ofDays(1), Duration.ofDays(36_500));

  public Pace {
    Objects.requireNonNull(window);
    Objects.requireNonNull(longest);
    if (leastRate < 0 || window.isNegative() || window.isZero() || longest.isNegative()) {
      throw new IllegalArgumentException("a rate and times that are not negative");
    }
  }

  /** Watches one stream. Used by one thread. */
  Meter start() {
    return new Meter();
  }

  /** Counts the bytes of one stream. */
  final class Meter {
    private final long begun = System.nanoTime();
    private long windowBegun = begun;
    private long count;

    /**
     * @throws ImportException if the stream is too slow
     */
    void passed(int bytes) throws ImportException {
      long now = System.nanoTime();
      count += bytes;
      if (now - begun > longest.toNanos()) {
        throw tooSlow("takes longer than " + longest.toSeconds() + " seconds");
      }
      long nanos = now - windowBegun;
      if (nanos >= window.toNanos()) {
        if (count < leastRate * (nanos / 1e9)) {
          throw tooSlow("comes more slowly than " + leastRate + " bytes a second");
        }
        windowBegun = now;
        count = 0;
      }
    }

    private static ImportException tooSlow(String how) {
      return new ImportException(ImportException.Reason.DOWNLOAD_FAILED, "the image " + how);
    }
  }
}
