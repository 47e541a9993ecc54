package dev.platter.remote;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A bucket in a time that passes only while somebody waits. */
class TokenBucketTest {
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  /** Where to begin counts for nothing: the system's clock may be anywhere, below zero, too. */
  private static final class Time implements TokenBucket.Clock {
    private long now = -5 * SECOND;
    private boolean wakesEarly;

    @Override
    public long nanos() {
      return now;
    }

    @Override
    public void await(long nanos) {
      now += wakesEarly ? (nanos + 1) / 2 : nanos;
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 1000, 1_000_000, 10_000_000_000L})
  void keepsToTheRateHoweverBytesAreTaken(long rate) {
    Time time = new Time();
    Random random = new Random(rate);
    TokenBucket bucket = new TokenBucket(rate, time);
    long start = time.now;
    long taken = 0;
    while (taken < 100 * rate) {
      long bytes = 1 + (long) (random.nextDouble() * rate * 3);
      bucket.take(bytes);
      taken += bytes;
      // Never more than the rate allows, and the burst.
      double seconds = (double) (time.now - start + TokenBucket.BURST) / SECOND;
      assertTrue(taken <= rate * seconds + rate * 1e-6 + 1, taken + " in " + seconds);
    }
    double seconds = (double) (time.now - start + TokenBucket.BURST) / SECOND;
    assertEquals((double) taken / rate, seconds, 1e-3);
  }

  @Test
  void aPauseIsMadeUpForNoFurtherThanTheBurst() {
    Time time = new Time();
    TokenBucket bucket = new TokenBucket(1000, time);
    bucket.take(1000);
    time.now += 3600 * SECOND;
    long before = time.now;
    bucket.take(250);
    assertEquals(before, time.now);
    bucket.take(1000);
    assertEquals(before + SECOND, time.now, 1000);
  }

  @Test
  void waitsAgainWhenWokenEarly() {
    Time time = new Time();
    time.wakesEarly = true;
    TokenBucket bucket = new TokenBucket(1000, time);
    long start = time.now;
    bucket.take(2250);
    assertEquals(start + 2 * SECOND, time.now, 1000);
  }
}
