package dev.platter.qcow2.check;

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
  private long wrongFlags;
  private boolean refcountsUntrusted;
  private boolean refcountsTooLow;

  /**
   * Something that endangers data.
   *
   * @param times how often the image says it
   */
  void corruption(long times, String message) {
    corruptions += times;
    tell(message);
  }

  /** A flag that does not say what the refcount is, which endangers data, too. */
  void wrongFlag(long times, String message) {
    wrongFlags += times;
    corruption(times, message);
  }

  /** The refcounts stand where nothing may be written, or cannot be read in part. */
  void distrustRefcounts() {
    refcountsUntrusted = true;
  }

  /** Something is referred to more often than its refcount says. */
  void refcountTooLow(long refcount) {
    refcountsTooLow = true;
    refcountsUntrusted |= refcount == 0;
  }

  /**
   * Whether the refcounts must be made anew before anything may rely on them: there is damage where
   * they are stored, or something in use is said to be free.
   */
  boolean refcountsUntrusted() {
    return refcountsUntrusted;
  }

  /** Whether any refcount is lower than it must be. */
  boolean refcountsTooLow() {
    return refcountsTooLow || refcountsUntrusted;
  }

  /** Whether nothing endangers data but flags. */
  boolean onlyFlags() {
    return corruptions == wrongFlags && checkErrors == 0;
  }

  /** Whether nothing was found. */
  boolean none() {
    return corruptions == 0 && leaks == 0 && checkErrors == 0;
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
