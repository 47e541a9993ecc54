package dev.platter.qcow2;

import dev.platter.image.CheckReport;
import java.util.ArrayList;
import java.util.List;

/** What a check has found so far. */
final class Findings {
  private final List<String> messages = new ArrayList<>();
  private long corruptions;
  private long leaks;
  private long checkErrors;
  private long allocatedClusters;
  private long fragmentedClusters;
  private long compressedClusters;

  /**
   * Something that endangers data.
   *
   * @param times how often the image says it
   */
  void corruption(long times, String message) {
    corruptions += times;
    tell(message);
  }

  /** Something that takes space for nothing. */
  void leak(String message) {
    leaks++;
    tell(message);
  }

  /** Something that cannot be looked at. */
  void checkError(String message) {
    checkErrors++;
    tell(message);
  }

  /**
   * Guest clusters that hold data: all, those that do not follow their neighbour, compressed ones.
   */
  void clusters(long allocated, long fragmented, long compressed) {
    allocatedClusters += allocated;
    fragmentedClusters += fragmented;
    compressedClusters += compressed;
  }

  CheckReport report(long imageEndOffset, long totalClusters) {
    return new CheckReport(
        imageEndOffset,
        totalClusters,
        allocatedClusters,
        fragmentedClusters,
        compressedClusters,
        corruptions,
        leaks,
        checkErrors,
        messages);
  }

  private void tell(String message) {
    if (messages.size() < CheckReport.MAX_MESSAGES) {
      messages.add(message);
    }
  }
}
