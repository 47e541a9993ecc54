package dev.platter.qcow2;

import dev.platter.storage.WritableStorage;
import dev.platter.storage.ZeroScan;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * Makes a disk smaller: first its size, then the pointers to what lies behind its end are taken
 * away, then the refcounts lowered, and the file cut behind its last cluster.
 */
final class Qcow2Shrinking {
  private static final int TABLES_AT_ONCE = 64;

  private final WritableStorage storage;
  private final Qcow2Header header;
  private final StoredRefcounts refcounts;

  /**
   * @param head of the image, which is sound and has no snapshots
   */
  Qcow2Shrinking(WritableStorage storage, ImageHead head) throws IOException {
    this.storage = storage;
    this.header = head.header();
    this.refcounts = StoredRefcounts.read(storage, head, header.clustersFor(storage.size()));
  }

  void run(long size) throws IOException {
    new HeaderUpdate(storage).size(size).write();
    giveUpBehind(size);
    cut();
  }

  /** Whether there are pointers for what lies behind that end of the disk. */
  boolean anyBehind(long size) throws IOException {
    long clusters = header.clustersFor(size);
    long first = clusters / header.l2Entries();
    MemorySegment l1 = l1();
    for (long i = first; i < header.l1Size(); i++) {
      long table = l1.get(Qcow2Header.LONG, i * Long.BYTES) & Entries.OFFSET_MASK;
      long kept = i == first ? clusters % header.l2Entries() : 0;
      if (table != 0 && (kept == 0 || !isClear(table, kept))) {
        return true;
      }
    }
    return false;
  }

  private boolean isClear(long table, long kept) throws IOException {
    long from = kept * header.l2EntrySize();
    MemorySegment rest = MemorySegment.ofArray(new byte[(int) (header.clusterSize() - from)]);
    storage.readFully(table + from, rest);
    return ZeroScan.isZero(rest);
  }

  private MemorySegment l1() throws IOException {
    MemorySegment l1 = MemorySegment.ofArray(new byte[header.l1Size() * Long.BYTES]);
    storage.readFully(header.l1TableOffset(), l1);
    return l1;
  }

  /** Takes away the pointers to what lies behind that end of the disk, and gives back its space. */
  void giveUpBehind(long size) throws IOException {
    long clusters = header.clustersFor(size);
    long first = clusters / header.l2Entries();
    MemorySegment l1 = l1();
    int tables = 0;
    for (long i = first; i < header.l1Size(); i++) {
      long table = l1.get(Qcow2Header.LONG, i * Long.BYTES) & Entries.OFFSET_MASK;
      if (table != 0) {
        long kept = i == first ? clusters % header.l2Entries() : 0;
        giveUp(i, table, kept);
        if (++tables % TABLES_AT_ONCE == 0) {
          refcounts.flush();
        }
      }
    }
    storage.sync();
    refcounts.flush();
  }

  /**
   * Takes away all entries of a table but the first {@code kept}, and the table if none is kept.
   */
  private void giveUp(long l1Index, long table, long kept) throws IOException {
    MemorySegment entries = MemorySegment.ofArray(new byte[header.clusterSize()]);
    storage.readFully(table, entries);
    if (kept == 0) {
      storage.write(
          header.l1TableOffset() + l1Index * Long.BYTES,
          MemorySegment.ofArray(new byte[Long.BYTES]));
    } else {
      long from = kept * header.l2EntrySize();
      storage.write(
          table + from, MemorySegment.ofArray(new byte[(int) (header.clusterSize() - from)]));
    }
    storage.sync();
    for (long i = kept; i < header.l2Entries(); i++) {
      lower(entries.get(Qcow2Header.LONG, i * header.l2EntrySize()));
    }
    if (kept == 0) {
      refcounts.lower(table >>> header.clusterBits());
    }
  }

  private void lower(long entry) throws IOException {
    int bits = header.clusterBits();
    if ((entry & Entries.COMPRESSED) != 0) {
      long offset = Entries.compressedOffset(entry, bits);
      long last = offset + Entries.compressedLength(entry, bits) - 1;
      for (long cluster = offset >>> bits; cluster <= last >>> bits; cluster++) {
        giveBack(cluster);
      }
    } else if (Entries.hasHost(header, entry)) {
      giveBack((entry & Entries.OFFSET_MASK) >>> bits);
    }
  }

  private void giveBack(long cluster) throws IOException {
    refcounts.lower(cluster);
    if (refcounts.at(cluster) == 0) {
      storage.zero(cluster << header.clusterBits(), header.clusterSize());
    }
  }

  /** Cuts the file behind the last cluster in use. */
  void cut() throws IOException {
    long end = header.clustersFor(storage.size());
    while (end > 1 && refcounts.at(end - 1) == 0) {
      end--;
    }
    if (end << header.clusterBits() < storage.size()) {
      storage.truncate(end << header.clusterBits());
    }
    storage.sync();
  }
}
