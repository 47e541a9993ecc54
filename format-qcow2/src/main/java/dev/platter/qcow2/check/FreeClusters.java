package dev.platter.qcow2.check;

import dev.platter.image.CorruptImageException;
import dev.platter.image.UnsupportedFeatureException;
import dev.platter.qcow2.format.ImageHead;

/**
 * Hands out clusters that nothing refers to: in the file, then behind its end, as long as nothing
 * points there. What is handed out is counted as referred to once.
 */
public final class FreeClusters {
  private final ImageHead head;
  private final ReferenceCounts counts;
  private final ReferenceCounts held;
  private final long fileClusters;
  private final long lowestBeyond;
  private long next = 1;

  /**
   * @param held clusters that are not to be handed out, though nothing refers to them
   * @param fileClusters the clusters of the file as it is
   * @param lowestBeyond the first cluster behind the end of the file that must stay there
   */
  public FreeClusters(
      ImageHead head,
      ReferenceCounts counts,
      ReferenceCounts held,
      long fileClusters,
      long lowestBeyond) {
    this.head = head;
    this.counts = counts;
    this.held = held;
    this.fileClusters = fileClusters;
    this.lowestBeyond = lowestBeyond;
  }

  /**
   * Takes clusters that follow each other; answers the first.
   *
   * @throws CorruptImageException if there are none and the file cannot grow: what points past its
   *     end would show them
   */
  public long take(long clusters) throws CorruptImageException, UnsupportedFeatureException {
    long first = next;
    for (long cluster = first; cluster < first + clusters; cluster++) {
      if (counts.at(cluster) != 0 || held.at(cluster) != 0) {
        first = cluster + 1;
      }
      if (cluster >= Math.max(fileClusters, lowestBeyond)) {
        throw head.corrupt(
            "there is no room for new tables: all clusters are in use, and an entry points past the"
                + " end of the file, to cluster "
                + lowestBeyond);
      }
    }
    next = first + clusters;
    for (long cluster = first; cluster < next; cluster++) {
      counts.add(cluster, 1);
    }
    return first;
  }
}
