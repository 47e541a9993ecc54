package dev.platter.qcow2.live;

import dev.platter.qcow2.format.Entries;
import dev.platter.qcow2.format.ImageHead;
import dev.platter.qcow2.format.Qcow2Header;
import java.io.IOException;

/**
 * What the L2 entries of an image in use say about writing: where guest bytes can be written over,
 * what needs a new place, and what an entry becomes. A cluster is the guest's own if its refcount
 * is one, or if it lies in a data file.
 */
final class ClusterPlaces {
  /** How many clusters one answer looks at. */
  private static final int MOST_CLUSTERS = 1024;

  private static final long ALL_STORED = 0xFFFF_FFFFL;

  private final ImageHead head;
  private final Qcow2Header header;
  private final LiveTables tables;
  private final MetadataClusters metadata;
  private final int bits;
  private final long clusterSize;
  private final boolean extended;
  private final long unit;

  ClusterPlaces(ImageHead head, LiveTables tables, MetadataClusters metadata) {
    this.head = head;
    this.header = head.header();
    this.tables = tables;
    this.metadata = metadata;
    this.bits = header.clusterBits();
    this.clusterSize = header.clusterSize();
    this.extended = header.extendedL2();
    this.unit = extended ? clusterSize / Entries.SUBCLUSTERS : clusterSize;
  }

  /**
   * What an entry becomes.
   *
   * @param givesUp whether what it pointed to is referred to once less
   */
  record Change(long entry, long bitmap, boolean givesUp) {}

  /** Whether zeros need no place: the guest sees those of the entry, and not the parent. */
  boolean canSayZero() {
    return !header.dataFileRaw() && (header.version() >= 3 || head.backingFile().isEmpty());
  }

  /** The unit in which what is at a guest offset can change, bytes. */
  long unitAt(long offset) throws IOException {
    return extended && (tables.entryAt(offset >>> bits) & Entries.COMPRESSED) != 0
        ? clusterSize
        : unit;
  }

  /** Where the byte at a guest offset is, which has a place. */
  long hostOf(long offset) throws IOException {
    long entry = tables.entryAt(offset >>> bits);
    return (entry & Entries.OFFSET_MASK) + (offset & clusterSize - 1);
  }

  /** Whether there is a host cluster that only this guest cluster uses, whatever it holds. */
  boolean hasOwnHost(long cluster) throws IOException {
    return isOwn(tables.entryAt(cluster));
  }

  private boolean isOwn(long entry) {
    return (entry & Entries.COMPRESSED) == 0
        && (entry & Entries.COPIED) != 0
        && Entries.hasHost(header, entry);
  }

  /** The subclusters that hold data, as bits; all or none where there are no subclusters. */
  private long storedIn(long cluster, long entry) throws IOException {
    if (extended) {
      return tables.bitmapAt(cluster) & ALL_STORED;
    }
    return (entry & Entries.ZERO) != 0 ? 0 : ALL_STORED;
  }

  /** Where bytes end that can be written over, one after the other; {@code offset}: none. */
  long endOfOwn(long offset, long limit) throws IOException {
    long end = offset;
    long host = 0;
    for (int i = 0; end < limit && i < MOST_CLUSTERS; i++) {
      long cluster = end >>> bits;
      long entry = tables.entryAt(cluster);
      if (!isOwn(entry)) {
        break;
      }
      long here = entry & Entries.OFFSET_MASK;
      if (i > 0 && here != host + clusterSize) {
        break;
      }
      host = here;
      mustBeGuests(cluster, entry);
      long stored = storedIn(cluster, entry) >>> indexOf(end);
      if ((stored & 1) == 0) {
        break;
      }
      long run = Long.numberOfTrailingZeros(~stored);
      long stop = Math.min((cluster + 1) << bits, (end / unitOfBits() + run) * unitOfBits());
      end = Math.min(limit, stop);
      if (end < (cluster + 1) << bits) {
        break;
      }
    }
    return end;
  }

  private void mustBeGuests(long cluster, long entry) throws IOException {
    long host = entry & Entries.OFFSET_MASK;
    if ((host & clusterSize - 1) != 0 || header.hasDataFile() && host != cluster << bits) {
      throw head.corrupt(
          "the L2 entry of guest cluster " + cluster + " is damaged: " + ImageHead.hex(entry));
    }
    if (!header.hasDataFile()) {
      metadata.mustNotHold(host >>> bits);
    }
  }

  private long unitOfBits() {
    return clusterSize / Entries.SUBCLUSTERS;
  }

  private int indexOf(long offset) {
    return (int) ((offset & clusterSize - 1) / unitOfBits());
  }

  /** Where the part ends of a cluster with a place of its own that does not hold data yet. */
  long endOfNotStored(long offset, long limit) throws IOException {
    long cluster = offset >>> bits;
    long entry = tables.entryAt(cluster);
    mustBeGuests(cluster, entry);
    if (!extended) {
      return (cluster + 1) << bits;
    }
    long stored = storedIn(cluster, entry) >>> indexOf(offset);
    long free = Math.min(Long.numberOfTrailingZeros(stored), Entries.SUBCLUSTERS);
    long end = Math.min((cluster + 1) << bits, (offset / unit + free) * unit);
    return Math.min(end, Math.ceilDiv(limit, unit) * unit);
  }

  /**
   * Where the clusters end that need a new place, from the one at {@code offset} on: in whole units
   * at or behind {@code limit}, or where an L2 table ends or a cluster has a place.
   */
  long endOfHomeless(long offset, long limit) throws IOException {
    long first = offset >>> bits;
    long spanEnd = (first / header.l2Entries() + 1) * header.l2Entries();
    long end = Math.min(spanEnd, Math.min(Math.ceilDiv(limit, clusterSize), first + MOST_CLUSTERS));
    long cluster = first + 1;
    while (cluster < end && !hasOwnHost(cluster)) {
      cluster++;
    }
    boolean partly = extended && !mustMoveWhole(cluster - 1);
    long wanted = partly ? Math.ceilDiv(limit, unit) * unit : Long.MAX_VALUE;
    return Math.min(cluster << bits, wanted);
  }

  /** Where a new place for what is at {@code offset} begins on the guest disk. */
  long beginToCover(long offset) throws IOException {
    long from = extended && !mustMoveWhole(offset >>> bits) ? unit : clusterSize;
    return offset / from * from;
  }

  /** Whether all of a cluster is to be copied when a part of it gets a new place. */
  private boolean mustMoveWhole(long cluster) throws IOException {
    long entry = tables.entryAt(cluster);
    return (entry & Entries.COMPRESSED) != 0 || Entries.hasHost(header, entry);
  }

  /** The entry of a cluster that holds data from {@code from} to {@code end} at a place. */
  Change stored(long cluster, long host, long from, long end) throws IOException {
    long old = tables.entryAt(cluster);
    boolean moves = hadPlace(old) && !(isOwn(old) && (old & Entries.OFFSET_MASK) == host);
    boolean givesUp = moves && !header.hasDataFile();
    long bitmap = 0;
    if (extended) {
      long mask = maskOf(cluster, from, end);
      long before = moves ? 0 : tables.bitmapAt(cluster);
      bitmap = (before | mask) & ~(mask << Entries.SUBCLUSTERS);
    }
    return new Change(host | Entries.COPIED, bitmap, givesUp);
  }

  /** The entry of a cluster that is zeros from {@code from} to {@code end}. */
  Change zeroed(long cluster, long from, long end) throws IOException {
    long old = tables.entryAt(cluster);
    boolean whole = from == cluster << bits && (end == cluster + 1 << bits || end == header.size());
    if (whole) {
      boolean givesUp = hadPlace(old) && !header.hasDataFile();
      if (extended) {
        return new Change(0, ALL_STORED << Entries.SUBCLUSTERS, givesUp);
      }
      return new Change(header.version() >= 3 ? Entries.ZERO : 0, 0, givesUp);
    }
    long mask = maskOf(cluster, from, end);
    long bitmap = (tables.bitmapAt(cluster) | mask << Entries.SUBCLUSTERS) & ~mask;
    return new Change(old, bitmap, false);
  }

  private boolean hadPlace(long entry) {
    return (entry & Entries.COMPRESSED) != 0 || Entries.hasHost(header, entry);
  }

  /** The subclusters of a cluster between two guest offsets, as bits. */
  private long maskOf(long cluster, long from, long end) {
    long start = cluster << bits;
    long first = (from - start) / unit;
    long last = Math.ceilDiv(end - start, unit);
    return ALL_STORED >>> Entries.SUBCLUSTERS - (last - first) << first;
  }
}
