package dev.platter.parallels;

import static dev.platter.parallels.Faults.unsupported;

import dev.platter.image.UnsupportedFeatureException;
import java.util.BitSet;

/**
 * Which clusters of the file are in use: told one entry of the BAT after the other, it says what is
 * wrong with each. Takes one bit of memory for each cluster of the file.
 */
final class ClusterUse {
  /**
   * How many clusters of a file can be told apart: four times as many as the largest BAT has
   * entries, and no more memory than 32 MiB, however far apart hostile entries are.
   */
  private static final long MOST = 1L << 28;

  private final ParallelsHead head;
  private final long dataOffset;
  private final long clusterSize;
  private final BitSet used = new BitSet();

  /** Before this one no cluster of the data area is free. */
  private int lowestFree;

  /** What an entry of the BAT is like. */
  enum Verdict {
    SOUND,
    /** Its cluster does not lie within the file's data. */
    OUTSIDE,
    /** It begins before the data area, or not where a cluster of that area does. */
    MISPLACED,
    /** Another entry has the same cluster. */
    SHARED
  }

  ClusterUse(ParallelsHead head) {
    this.head = head;
    this.dataOffset = head.dataOffset();
    this.clusterSize = head.clusterSize();
  }

  /**
   * Judges the entry of a cluster, which is not free; where it is sound, takes what it points to.
   */
  Verdict take(long cluster, int entry) throws UnsupportedFeatureException {
    long host = head.hostOffset(entry);
    long length = cluster < head.clusters() ? head.lengthOf(cluster) : clusterSize;
    if (!head.holds(host, length)) {
      return Verdict.OUTSIDE;
    }
    return take(host);
  }

  /** Takes the cluster at an offset that lies within the file. */
  Verdict take(long hostOffset) throws UnsupportedFeatureException {
    if (hostOffset < dataOffset || (hostOffset - dataOffset) % clusterSize != 0) {
      return Verdict.MISPLACED;
    }
    int slot = slotAt(hostOffset);
    if (used.get(slot)) {
      return Verdict.SHARED;
    }
    used.set(slot);
    return Verdict.SOUND;
  }

  /** The number of the cluster of the data area that begins at this offset. */
  int slotAt(long hostOffset) throws UnsupportedFeatureException {
    long slot = (hostOffset - dataOffset) / clusterSize;
    if (slot >= MOST) {
      throw unsupported(
          head.name(),
          "the file has clusters so far apart that they cannot be told apart: " + slot);
    }
    return (int) slot;
  }

  /** The first cluster of the data area behind all that are in use. */
  int end() {
    return used.length();
  }

  /** The first cluster of the data area from {@code slot} on that is not in use. */
  int nextFree(int slot) {
    return used.nextClearBit(slot);
  }

  /** A run of clusters of the data area. */
  record Slots(int first, int count) {
    int end() {
      return first + count;
    }
  }

  /**
   * Takes clusters that follow each other and are not in use, the first ones there are.
   *
   * @param most how many at most
   * @return none if there are none left
   */
  Slots takeFree(long most) {
    int first = used.nextClearBit(lowestFree);
    int next = used.nextSetBit(first);
    long end = Math.min(first + most, Math.min(MOST, head.mostSlots()));
    int count = (int) Math.max(0, (next < 0 ? end : Math.min(next, end)) - first);
    used.set(first, first + count);
    lowestFree = first + count;
    return new Slots(first, count);
  }

  /** Clusters that nothing points to any more. */
  void release(Slots slots) {
    used.clear(slots.first(), slots.end());
    lowestFree = Math.min(lowestFree, slots.first());
  }

  /** How many clusters of the file are in use. */
  int count() {
    return used.cardinality();
  }
}
