package dev.platter.image;

/**
 * Bounds on what an image may ask for. Every number in a file is checked against the file's own
 * size and these before anything is allocated.
 *
 * @param maxVirtualSize the largest guest disk, bytes
 * @param maxTableBytes the largest single metadata table, bytes
 * @param maxChainDepth how many images a chain may have
 * @param maxDescriptionBytes the largest header, descriptor or other text that is read in one
 *     piece, bytes
 */
public record Limits(
    long maxVirtualSize, long maxTableBytes, int maxChainDepth, int maxDescriptionBytes) {
  /** What a person at a command line may want: everything a format can express. */
  public static final Limits DEFAULT =
      new Limits(Long.MAX_VALUE - (1L << 30), 256L << 20, 256, 16 << 20);

  /** Descriptions as large as by default. */
  public Limits(long maxVirtualSize, long maxTableBytes, int maxChainDepth) {
    this(maxVirtualSize, maxTableBytes, maxChainDepth, 16 << 20);
  }
}
