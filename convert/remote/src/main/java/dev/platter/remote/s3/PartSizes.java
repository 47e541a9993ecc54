package dev.platter.remote.s3;

/**
 * How large the parts of an upload are. A store takes no more than 10,000 of them, each of 5 MiB or
 * more but for the last.
 */
public final class PartSizes {
  /** S3 takes no more parts of one upload. */
  static final int MOST_PARTS = 10_000;

  /** S3 takes no smaller part, but for the last one. */
  static final long LEAST = 5L << 20;

  /** S3 takes no larger part than 5 GiB; this much is kept in memory, twice. */
  static final long MOST = 1L << 30;

  private static final long USUAL = 8L << 20;

  /** Where the size is not known, parts grow after so many: by 4 TiB they have 808 MiB. */
  private static final int STEP = 100;

  private final long first;
  private final boolean grows;

  private PartSizes(long first, boolean grows) {
    this.first = first;
    this.grows = grows;
  }

  /** Parts of 8 MiB, larger ones where these do not suffice. */
  public static PartSizes growing() {
    return new PartSizes(USUAL, true);
  }

  /**
   * Parts of one size.
   *
   * @throws IllegalArgumentException if stores do not take them
   */
  public static PartSizes fixed(long bytes) {
    if (bytes < LEAST || bytes > MOST) {
      throw new IllegalArgumentException(
          "parts have %d to %d bytes, not %d".formatted(LEAST, MOST, bytes));
    }
    return new PartSizes(bytes, false);
  }

  /**
   * The size of a part.
   *
   * @param number from 1
   */
  int of(int number) {
    return (int) Math.min(MOST, grows ? first * (1L + (number - 1) / STEP) : first);
  }
}
