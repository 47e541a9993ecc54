package dev.platter.qcow2.check;

import dev.platter.qcow2.format.ImageHead;
import java.io.IOException;

/** Counts references to stretches of the file, and tells of those that cannot be. */
final class ReferenceCounter {
  private final Findings findings;
  private final ReferenceCounts counts;
  private final long fileSize;
  private final int clusterBits;
  private final long max;
  private long lowestBeyond = Long.MAX_VALUE;
  private boolean overflown;

  /**
   * @param max the greatest count that the image's refcounts could hold
   */
  ReferenceCounter(
      Findings findings, ReferenceCounts counts, long fileSize, int clusterBits, long max) {
    this.findings = findings;
    this.counts = counts;
    this.fileSize = fileSize;
    this.clusterBits = clusterBits;
    this.max = max;
  }

  /**
   * The first cluster behind the end of the file that something points to: a file that grew over it
   * would show something there.
   */
  long lowestBeyond() {
    return lowestBeyond;
  }

  /** Whether anything is referred to more often than a refcount can tell. */
  boolean overflown() {
    return overflown;
  }

  /**
   * Counts a reference to every cluster that the stretch touches.
   *
   * @param offset anything that an image may say
   * @param size bytes, as an image may say; nothing is counted for 0
   */
  void add(long offset, long size, long times) throws IOException {
    if (size == 0) {
      return;
    }
    // The last cluster of the file need not be there in full.
    long clusterSize = 1L << clusterBits;
    if (offset < 0 || size < 0 || offset > fileSize + clusterSize - size - 1) {
      if (offset >= 0) {
        long fileClusters = fileSize + clusterSize - 1 >>> clusterBits;
        lowestBeyond = Math.min(lowestBeyond, Math.max(offset >>> clusterBits, fileClusters));
      }
      findings.corruption(
          times,
          "ERROR: counting reference for region exceeding the end of the file by one cluster or"
              + " more: offset "
              + ImageHead.hex(offset)
              + " size "
              + ImageHead.hex(size));
      return;
    }
    long last = offset + size - 1 >>> clusterBits;
    for (long cluster = offset >>> clusterBits; cluster <= last; cluster++) {
      cluster += counts.addSmall(cluster, last, times, max);
      if (cluster > last) {
        break;
      }
      long count = counts.add(cluster, times);
      if (count > max) {
        counts.set(cluster, max);
        overflown = true;
        findings.corruption(
            count - max,
            "ERROR: overflow cluster offset=0x" + Long.toHexString(cluster << clusterBits));
      }
    }
  }
}
