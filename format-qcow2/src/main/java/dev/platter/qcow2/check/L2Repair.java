package dev.platter.qcow2.check;

import dev.platter.image.UnsupportedFeatureException;
import dev.platter.qcow2.format.Entries;
import dev.platter.qcow2.format.Qcow2Header;

/**
 * Puts the entries of L2 tables right that can be, without changing what they read as: an entry
 * that cannot be read becomes zeros where it says so itself.
 */
final class L2Repair {
  private final Qcow2Header header;
  private final ReferenceCounts counts;
  private final long end;

  /** For an image whose refcounts are all made anew, so that they are what was counted. */
  L2Repair(Qcow2Header header, ReferenceCounts counts) {
    this(header, counts, Long.MAX_VALUE);
  }

  /**
   * For an image whose refcounts stay where they are.
   *
   * @param end the file's size: what lies behind was not counted and keeps its refcounts, so that
   *     flags there stay as well
   */
  L2Repair(Qcow2Header header, ReferenceCounts counts, long end) {
    this.header = header;
    this.counts = counts;
    this.end = end;
  }

  /** Takes away what entries say and cannot mean; answers whether anything did. */
  boolean fixEntries(long[] table) {
    boolean changed = false;
    boolean extended = header.extendedL2();
    int words = extended ? 2 : 1;
    for (int at = 0; at < table.length; at += words) {
      long entry = table[at];
      if (entry == 0) {
        continue; // names nothing that could be wrong
      }
      long bitmap = extended ? table[at + 1] : 0;
      if ((entry & Entries.COMPRESSED) != 0) {
        if (bitmap != 0 && !header.hasDataFile()) {
          table[at + 1] = 0;
          changed = true;
        }
        if ((entry & Entries.COPIED) != 0) {
          table[at] = entry & ~Entries.COPIED;
          changed = true;
        }
      } else if (isMisplacedZero(entry, bitmap)) {
        table[at] = extended ? 0 : Entries.ZERO;
        changed = true;
      }
    }
    return changed;
  }

  /** A cluster without data that is set aside where no cluster can be. */
  private boolean isMisplacedZero(long entry, long bitmap) {
    boolean holdsData = header.extendedL2() ? (int) bitmap != 0 : (entry & Entries.ZERO) == 0;
    return !holdsData
        && Entries.hasHost(header, entry)
        && (entry & Entries.OFFSET_MASK & header.clusterSize() - 1) != 0;
  }

  /** Makes the flags say where a refcount is exactly one; answers whether any did not. */
  boolean setFlags(long[] table) throws UnsupportedFeatureException {
    boolean changed = false;
    boolean hasDataFile = header.hasDataFile();
    int words = header.extendedL2() ? 2 : 1;
    for (int at = 0; at < table.length; at += words) {
      long entry = table[at];
      if (entry == 0) {
        continue; // neither names a cluster nor has a flag that would say so
      }
      if ((entry & Entries.COMPRESSED) == 0 && Entries.hasHost(header, entry)) {
        long flagged =
            hasDataFile ? entry | Entries.COPIED : flagged(entry, entry & Entries.OFFSET_MASK);
        changed |= flagged != entry;
        table[at] = flagged;
      }
    }
    return changed;
  }

  /** An L1 entry with its flag, if it names a table; without anything if it names nothing. */
  long l1Entry(long entry) throws UnsupportedFeatureException {
    long table = entry & Entries.OFFSET_MASK;
    return table == 0 ? 0 : flagged(entry, table);
  }

  /** An entry with the flag that the count of what it points to demands. */
  private long flagged(long entry, long offset) throws UnsupportedFeatureException {
    if (offset >= end) {
      return entry;
    }
    return counts.at(offset >>> header.clusterBits()) == 1
        ? entry | Entries.COPIED
        : entry & ~Entries.COPIED;
  }
}
