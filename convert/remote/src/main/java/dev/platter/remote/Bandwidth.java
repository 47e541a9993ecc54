package dev.platter.remote;

/**
 * How fast this process may read from other machines and write to them, all connections together.
 * Whoever moves bytes of a disk over a network takes them from here, as they come or go.
 */
public final class Bandwidth {
  private static volatile TokenBucket bucket;

  private Bandwidth() {}

  /** No more than so many bytes a second from now on. */
  public static void limit(long bytesPerSecond) {
    if (bytesPerSecond < 1) {
      throw new IllegalArgumentException(bytesPerSecond + " bytes a second");
    }
    bucket = new TokenBucket(bytesPerSecond, TokenBucket.Clock.SYSTEM);
  }

  /** As fast as it goes, which is so from the beginning. */
  public static void unlimit() {
    bucket = null;
  }

  /** Waits until that many bytes may have passed. */
  public static void take(long bytes) {
    TokenBucket limited = bucket;
    if (limited != null && bytes > 0) {
      limited.take(bytes);
    }
  }
}
