package dev.platter.qcow2.live;

import dev.platter.image.DirtyBitmap;
import dev.platter.qcow2.format.BitmapEntry;
import dev.platter.qcow2.format.Entries;
import dev.platter.qcow2.format.ImageHead;
import dev.platter.qcow2.format.Qcow2Header;
import dev.platter.qcow2.format.StoredBitmap;
import dev.platter.storage.WritableTable;
import java.io.IOException;
import java.util.List;

/** A dirty bitmap of an image in use, which can be told of every change. */
final class LiveBitmap implements DirtyBitmap {
  private final ImageHead head;
  private final BitmapEntry entry;
  private final WritableTable tables;
  private final WritableTable bits;
  private final ClusterSource clusters;
  private final StoredBitmap reader;
  private final long firstWord;
  private final long count;
  private final long clusterBits;

  /** Where new clusters of bits come from. */
  @FunctionalInterface
  interface ClusterSource {
    /** The host offset of one of which no bit is set. */
    long take() throws IOException;
  }

  LiveBitmap(
      ImageHead head,
      BitmapEntry entry,
      WritableTable tables,
      WritableTable bits,
      ClusterSource clusters) {
    this.head = head;
    this.entry = entry;
    this.tables = tables;
    this.bits = bits;
    this.clusters = clusters;
    this.firstWord = entry.tableOffset() / Long.BYTES;
    this.count = entry.bitsFor(head.header().size());
    this.clusterBits = (long) head.header().clusterSize() * Byte.SIZE;
    this.reader =
        new StoredBitmap(
            head, entry, index -> tables.at(firstWord + index), new LiveTables.Pieces(bits));
  }

  /**
   * Looks through its table.
   *
   * @param own is told of the clusters that table and bits take
   * @throws dev.platter.image.CorruptImageException if it cannot be a table
   */
  void readTable(long fileSize, List<Long> own) throws IOException {
    Qcow2Header header = head.header();
    long entries = entry.requireTableSize(head);
    requireWithin(entry.tableOffset(), entries * Long.BYTES, fileSize);
    long first = entry.tableOffset() >>> header.clusterBits();
    for (long i = 0; i < header.clustersFor(entries * Long.BYTES); i++) {
      own.add(first + i);
    }
    for (long i = 0; i < entries; i++) {
      long stored = tables.at(firstWord + i);
      entry.requireTableEntry(head, i, stored);
      long offset = stored & Entries.OFFSET_MASK;
      if (offset != 0) {
        requireWithin(offset, 1, fileSize);
        own.add(offset >>> header.clusterBits());
      }
    }
  }

  private void requireWithin(long offset, long length, long fileSize) throws IOException {
    if (offset > fileSize - length) {
      throw head.corrupt(
          "bitmap '" + name() + "' has data at " + ImageHead.hex(offset) + ", past the file's end");
    }
  }

  @Override
  public String name() {
    return reader.name();
  }

  @Override
  public long granularity() {
    return reader.granularity();
  }

  @Override
  public Run runAt(long offset, long limit) throws IOException {
    return reader.runAt(offset, limit);
  }

  /** Whether all of a range is marked. */
  boolean isMarked(long offset, long length) throws IOException {
    long end = offset + length;
    for (long at = offset; at < end; ) {
      Run run = runAt(at, end);
      if (!run.isDirty()) {
        return false;
      }
      at = run.end();
    }
    return true;
  }

  /** Marks whatever a range touches. */
  void mark(long offset, long length) throws IOException {
    long end = entry.bitsFor(offset + length);
    for (long bit = offset >>> entry.granularityBits(); bit < end; ) {
      long index = bit / clusterBits;
      long stop = Math.min(end, (index + 1) * clusterBits);
      markIn(index, bit, stop);
      bit = stop;
    }
  }

  /** Marks bits of one cluster. */
  private void markIn(long index, long from, long end) throws IOException {
    long stored = tables.at(firstWord + index);
    if (stored == Entries.BITMAP_ALL_ONES) {
      return;
    }
    long first = index * clusterBits;
    if (stored == 0) {
      if (from == first && end == Math.min(count, first + clusterBits)) {
        tables.set(firstWord + index, Entries.BITMAP_ALL_ONES);
        return;
      }
      stored = clusters.take();
      tables.set(firstWord + index, stored);
    }
    setBits((stored & Entries.OFFSET_MASK) / Long.BYTES, from - first, end - first);
  }

  private void setBits(long words, long from, long end) throws IOException {
    long firstWhole = Math.ceilDiv(from, Long.SIZE);
    long lastWhole = end / Long.SIZE;
    if (firstWhole > lastWhole) { // within one word
      setBitsOf(words + lastWhole, -1L << from & ~(-1L << end));
      return;
    }
    if (from % Long.SIZE != 0) {
      setBitsOf(words + firstWhole - 1, -1L << from);
    }
    if (firstWhole < lastWhole) {
      bits.fill(words + firstWhole, words + lastWhole, -1);
    }
    if (end % Long.SIZE != 0) {
      setBitsOf(words + lastWhole, ~(-1L << end));
    }
  }

  /**
   * @param mask with bit n of the bitmap at bit n % 64: bytes begin low
   */
  private void setBitsOf(long word, long mask) throws IOException {
    long before = bits.at(word);
    long after = before | Long.reverseBytes(mask);
    if (after != before) {
      bits.set(word, after);
    }
  }
}
