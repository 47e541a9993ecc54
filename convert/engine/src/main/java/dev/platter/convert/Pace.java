package dev.platter.convert;

/**
 * How hard a disk that is in use is worked on.
 *
 * @param workers how many threads do it
 * @param bytesPerSecond how much is read at most; 0: no bound
 */
public record Pace(int workers, long bytesPerSecond) {
  /** As many threads as are usual, as fast as they can. */
  public static Pace usual() {
    return new Pace(ConvertOptions.defaults().workers(), 0);
  }

  /** The same under a rate. */
  public Pace withRate(long bytes) {
    return new Pace(workers, bytes);
  }
}
