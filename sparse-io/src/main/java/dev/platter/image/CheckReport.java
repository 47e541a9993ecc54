package dev.platter.image;

import java.util.List;

/**
 * What a check of an image's metadata found.
 *
 * @param imageEndOffset the first byte after the last one in use
 * @param totalClusters guest clusters of the disk
 * @param allocatedClusters guest clusters that hold data
 * @param fragmentedClusters of those, how many do not follow their neighbour on the host
 * @param compressedClusters of those, how many are compressed
 * @param corruptions faults that endanger data
 * @param leaks clusters that are marked used and belong to nothing, and whatever else a change that
 *     broke off leaves and that endangers nothing
 * @param checkErrors faults that kept the check from looking further
 * @param messages one line per fault, in the order found; at most {@link #MAX_MESSAGES}
 */
public record CheckReport(
    long imageEndOffset,
    long totalClusters,
    long allocatedClusters,
    long fragmentedClusters,
    long compressedClusters,
    long corruptions,
    long leaks,
    long checkErrors,
    List<String> messages) {
  /** More faults than this are counted, not told. */
  public static final int MAX_MESSAGES = 10_000;

  public CheckReport {
    messages = List.copyOf(messages);
  }

  /**
   * Stops a change to an image that must be repaired first: what is written where damage is could
   * destroy more.
   *
   * @param checked the image, as the messages name it, too
   */
  public void requireSound(Fault checked) throws CorruptImageException {
    if (corruptions + checkErrors > 0) {
      throw checked.corruptAsTold(messages.getFirst() + "; repair the image before it is changed");
    }
  }

  /** The same findings in other words. */
  public CheckReport withMessages(List<String> words) {
    return new CheckReport(
        imageEndOffset,
        totalClusters,
        allocatedClusters,
        fragmentedClusters,
        compressedClusters,
        corruptions,
        leaks,
        checkErrors,
        words);
  }
}
