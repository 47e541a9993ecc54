package dev.platter.qcow2.edit;

import dev.platter.image.Fault;
import dev.platter.image.UnsupportedFeatureException;
import dev.platter.qcow2.format.Entries;
import dev.platter.qcow2.format.Qcow2Header;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.HashSet;
import java.util.Set;

/**
 * An L1 table and all that it refers to, of the disk or of a snapshot of it. Refcounts count every
 * way to a cluster: what two trees share is referred to by both.
 */
final class DiskTree {
  private final ImageChange change;
  private final Qcow2Header header;
  private final long maxReferences;
  private final MemorySegment table;
  private long[] l1;

  private DiskTree(ImageChange change, long[] l1) throws UnsupportedFeatureException {
    this.change = change;
    this.header = change.head().header();
    this.maxReferences = header.refcountOrder() == 6 ? Long.MAX_VALUE : maxOf(header);
    this.table = MemorySegment.ofArray(new byte[header.clusterSize()]);
    this.l1 = l1;
    Set<Long> tables = new HashSet<>();
    for (long entry : l1) {
      if (tableOf(entry) != 0 && !tables.add(tableOf(entry))) {
        throw Fault.in("qcow2", change.head().name())
            .unsupported("two entries of an L1 table name the same L2 table");
      }
    }
  }

  private static long maxOf(Qcow2Header header) {
    return (1L << header.refcountBits()) - 1;
  }

  /** The tree that begins with the L1 table at a place in the file. */
  static DiskTree read(ImageChange change, long offset, int entries) throws IOException {
    MemorySegment stored = MemorySegment.ofArray(new byte[entries * Long.BYTES]);
    change.storage().readFully(offset, stored);
    return new DiskTree(change, stored.toArray(Qcow2Header.LONG));
  }

  int entries() {
    return l1.length;
  }

  /** Gives the L1 table more entries, if it has less, or fewer where none is in use. */
  void setEntries(int entries) {
    l1 = java.util.Arrays.copyOf(l1, entries);
  }

  /** The L1 table, for a disk or for a snapshot; flags are right for the disk that is in use. */
  MemorySegment bytes() {
    MemorySegment bytes = MemorySegment.ofArray(new byte[l1.length * Long.BYTES]);
    MemorySegment.copy(l1, 0, bytes, Qcow2Header.LONG, 0, l1.length);
    return bytes;
  }

  private static long tableOf(long entry) {
    return entry & Entries.OFFSET_MASK;
  }

  private interface Visitor {
    void at(long cluster) throws IOException;
  }

  /** Says that everything in the tree is referred to once more. */
  void refer() throws IOException {
    walk(cluster -> {
      if (change.counts().add(cluster, 1) > maxReferences) {
        throw Fault.in("qcow2", change.head().name())
            .unsupported(
                "refcounts of "
                    + header.refcountBits()
                    + " bits cannot tell that one more snapshot shares cluster "
                    + cluster);
      }
    });
  }

  /** Says that everything in the tree is referred to once less. */
  void letGo() throws IOException {
    walk(cluster -> change.giveUp(cluster << header.clusterBits(), 1));
  }

  private void walk(Visitor visitor) throws IOException {
    for (long entry : l1) {
      if (tableOf(entry) != 0) {
        change.storage().readFully(tableOf(entry), table);
        for (long at = 0; at < table.byteSize(); at += header.l2EntrySize()) {
          walk(table.get(Qcow2Header.LONG, at), visitor);
        }
        visitor.at(tableOf(entry) >>> header.clusterBits());
      }
    }
  }

  private void walk(long entry, Visitor visitor) throws IOException {
    int bits = header.clusterBits();
    if ((entry & Entries.COMPRESSED) != 0) {
      long offset = Entries.compressedOffset(entry, bits);
      long last = offset + Entries.compressedLength(entry, bits) - 1 >>> bits;
      for (long cluster = offset >>> bits; cluster <= last; cluster++) {
        visitor.at(cluster);
      }
    } else if (!header.hasDataFile() && Entries.hasHost(header, entry)) {
      visitor.at((entry & Entries.OFFSET_MASK) >>> bits);
    }
  }

  /**
   * Makes the flags say what is referred to exactly once, as they must for the disk in use. An L2
   * table whose flags change becomes a new one; another tree that has it follows.
   *
   * @param sharer a tree whose tables are these, entry by entry; null: none
   */
  void setFlags(DiskTree sharer) throws IOException {
    for (int i = 0; i < l1.length; i++) {
      long offset = tableOf(l1[i]);
      if (offset == 0) {
        continue;
      }
      change.storage().readFully(offset, table);
      if (flagsDiffer()) {
        long place = change.put(table);
        change.giveUp(offset, header.clusterSize());
        if (sharer != null) {
          change.counts().add(place >>> header.clusterBits(), 1);
          change.giveUp(offset, header.clusterSize());
          sharer.l1[i] = place;
        }
        offset = place;
      } else if (sharer != null) {
        sharer.l1[i] = offset;
      }
      l1[i] = change.referencesAt(offset) == 1 ? Entries.COPIED | offset : offset;
    }
  }

  /** Puts the flags right in memory; answers whether they were not. */
  private boolean flagsDiffer() throws IOException {
    boolean differ = false;
    for (long at = 0; at < table.byteSize(); at += header.l2EntrySize()) {
      long entry = table.get(Qcow2Header.LONG, at);
      boolean plain = (entry & Entries.COMPRESSED) == 0;
      if (plain && !header.hasDataFile() && Entries.hasHost(header, entry)) {
        boolean once = change.referencesAt(entry & Entries.OFFSET_MASK) == 1;
        long right = once ? entry | Entries.COPIED : entry & ~Entries.COPIED;
        differ |= right != entry;
        table.set(Qcow2Header.LONG, at, right);
      }
    }
    return differ;
  }
}
