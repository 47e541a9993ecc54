package dev.platter.qcow2.live;

import dev.platter.image.CorruptImageException;
import dev.platter.qcow2.format.Entries;
import dev.platter.qcow2.format.ImageHead;
import dev.platter.qcow2.format.L1Table;
import dev.platter.qcow2.format.Qcow2Header;

/**
 * The clusters of an image in use that hold its header and tables: no guest byte may be written
 * there, whatever refcounts and L2 entries of a damaged image say. Guarded by the image's lock but
 * for {@link #mustNotHold}, which any thread may ask.
 */
final class MetadataClusters {
  private final ImageHead head;
  private final int clusterBits;

  /** Cluster numbers, each at or behind its hash; 0: none, since the header needs no entry. */
  private volatile long[] slots;

  private int count;

  /**
   * @param refcountBlocks where they are, bytes; 0: nowhere
   * @throws CorruptImageException if an L2 table can not be where the L1 table says
   */
  MetadataClusters(ImageHead head, L1Table l1, long[] refcountBlocks, long fileSize)
      throws CorruptImageException {
    Qcow2Header header = head.header();
    this.head = head;
    this.clusterBits = header.clusterBits();
    this.slots = new long[64];
    addRange(header.l1TableOffset(), (long) header.l1Size() * Long.BYTES);
    addRange(header.refcountTableOffset(), (long) header.refcountTableClusters() << clusterBits);
    if (header.nbSnapshots() > 0) {
      addRange(header.snapshotsOffset(), 1);
    }
    for (long offset : refcountBlocks) {
      add(offset >>> clusterBits);
    }
    for (int i = 0; i < l1.size(); i++) {
      long table = l1.entryAt(i) & Entries.OFFSET_MASK;
      if ((table & header.clusterSize() - 1L) != 0
          || table != 0 && table > fileSize - header.clusterSize()) {
        throw head.corrupt(
            l1.nameOf(i) + ": there is no L2 table at " + ImageHead.hex(table) + " of the file");
      }
      add(table >>> clusterBits);
    }
  }

  private void addRange(long offset, long bytes) {
    for (long at = offset; at < offset + bytes; at += 1L << clusterBits) {
      add(at >>> clusterBits);
    }
  }

  void add(long cluster) {
    if (cluster == 0 || holds(cluster)) {
      return;
    }
    if (++count > slots.length / 2) {
      long[] larger = new long[slots.length * 2];
      for (long present : slots) {
        if (present != 0) {
          larger[slotOf(larger, present)] = present;
        }
      }
      slots = larger;
    }
    slots[slotOf(slots, cluster)] = cluster;
  }

  /** Forgets clusters that nothing points to any more; seldom, so that all others are set anew. */
  void remove(long first, long clusters) {
    long[] others = new long[slots.length];
    count = 0;
    for (long present : slots) {
      if (present != 0 && (present < first || present >= first + clusters)) {
        others[slotOf(others, present)] = present;
        count++;
      }
    }
    slots = others;
  }

  private static int slotOf(long[] slots, long cluster) {
    int slot = (int) (cluster * 0x9E37_79B9_7F4A_7C15L >>> 33) & slots.length - 1;
    while (slots[slot] != 0 && slots[slot] != cluster) {
      slot = slot + 1 & slots.length - 1;
    }
    return slot;
  }

  private boolean holds(long cluster) {
    long[] present = slots;
    return cluster == 0 || present[slotOf(present, cluster)] == cluster;
  }

  /**
   * @throws CorruptImageException if a guest's byte was to be written over metadata
   */
  void mustNotHold(long cluster) throws CorruptImageException {
    if (holds(cluster)) {
      throw head.corrupt(
          "the cluster at "
              + ImageHead.hex(cluster << clusterBits)
              + " holds metadata, and data was to be written there; the image is to be repaired"
              + " first (check -r all)");
    }
  }
}
