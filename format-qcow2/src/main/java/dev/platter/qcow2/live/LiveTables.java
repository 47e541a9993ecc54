package dev.platter.qcow2.live;

import dev.platter.image.spi.Allocation.Content;
import dev.platter.qcow2.format.Entries;
import dev.platter.qcow2.format.L1Table;
import dev.platter.qcow2.format.L2Pieces;
import dev.platter.qcow2.format.Qcow2Header;
import dev.platter.storage.WritableStorage;
import dev.platter.storage.WritableTable;
import java.io.IOException;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** The L1 table and the L2 tables of an image in use. */
final class LiveTables {
  static final int PAGE = 4096;
  private static final int CACHE = 16 << 20;

  private final Qcow2Header header;
  private final L1Table l1;
  private final WritableTable l1Writes;
  private final WritableTable l2;
  private final int entryWords;

  /**
   * @param l1 as it is stored
   */
  LiveTables(WritableStorage storage, Qcow2Header header, L1Table l1) {
    this.header = header;
    this.l1 = l1;
    this.l1Writes = words(storage, header, PAGE);
    this.l2 = words(storage, header, CACHE);
    this.entryWords = header.l2EntrySize() / Long.BYTES;
  }

  /** All of the file as numbers of 64 bits, of which some are table entries. */
  static WritableTable words(WritableStorage storage, Qcow2Header header, int cacheBytes) {
    return new WritableTable(
        storage,
        0,
        WritableTable.Width.LONG,
        ByteOrder.BIG_ENDIAN,
        Math.min(PAGE, header.clusterSize()),
        cacheBytes);
  }

  L1Table l1() {
    return l1;
  }

  WritableTable l1Writes() {
    return l1Writes;
  }

  WritableTable l2() {
    return l2;
  }

  /** The L2 tables, for readers. */
  L2Pieces pieces() {
    return new Pieces(l2);
  }

  /** Words of such a table, as readers want them. */
  record Pieces(WritableTable words) implements L2Pieces {
    private static final int BYTES = 256;

    @Override
    public int pieceBytes() {
      return BYTES;
    }

    @Override
    public long[] pieceAt(long hostOffset) throws IOException {
      long[] piece = new long[BYTES / Long.BYTES];
      synchronized (words) { // an entry of two words changes as one
        for (int i = 0; i < piece.length; i++) {
          piece[i] = words.at(hostOffset / Long.BYTES + i);
        }
      }
      return piece;
    }
  }

  /** The number of the L1 entry that answers for a guest cluster. */
  int l1IndexOf(long cluster) {
    return (int) (cluster / header.l2Entries());
  }

  /** Where the L2 table of a guest cluster is; 0: there is none. */
  long tableOf(long cluster) {
    return l1.entryAt(l1IndexOf(cluster)) & Entries.OFFSET_MASK;
  }

  /** The L2 entry of a guest cluster; 0 where there is no table. */
  long entryAt(long cluster) throws IOException {
    long table = tableOf(cluster);
    return table == 0 ? 0 : l2.at(wordOf(table, cluster));
  }

  /** The bitmap of its subclusters; 0 where there is none. */
  long bitmapAt(long cluster) throws IOException {
    long table = tableOf(cluster);
    return entryWords == 1 || table == 0 ? 0 : l2.at(wordOf(table, cluster) + 1);
  }

  /** Changes the entry of a guest cluster, which has a table of its own. */
  void set(long cluster, long entry, long bitmap) throws IOException {
    long word = wordOf(tableOf(cluster), cluster);
    synchronized (l2) {
      l2.set(word, entry);
      if (entryWords > 1) {
        l2.set(word + 1, bitmap);
      }
    }
  }

  private long wordOf(long table, long cluster) {
    return table / Long.BYTES + cluster % header.l2Entries() * entryWords;
  }

  /**
   * Gives an L1 entry a table at a place that is new.
   *
   * @param copied where the entries are that it begins with; 0: none
   * @param content what is at its place; zeros are not written again
   * @throws IOException if what is needed could not be read; nothing has changed then
   */
  void addTable(int l1Index, long hostOffset, long copied, Content content) throws IOException {
    long[] words = new long[copied == 0 ? 0 : header.clusterSize() / Long.BYTES];
    for (int i = 0; i < words.length; i++) {
      words[i] = l2.at(copied / Long.BYTES + i);
    }
    long entry = hostOffset | Entries.COPIED;
    l1Writes.set(header.l1TableOffset() / Long.BYTES + l1Index, entry);
    long first = hostOffset / Long.BYTES;
    if (copied != 0 || content != Content.ZEROS) {
      l2.fill(first, first + header.clusterSize() / Long.BYTES, 0);
    }
    for (int i = 0; i < words.length; i++) {
      l2.set(first + i, words[i]);
    }
    VarHandle.storeStoreFence(); // readers of the map take no lock
    l1.set(l1Index, entry);
  }

  /** How many bytes of memory hold changes. */
  long changedBytes() {
    return l2.changedBytes() + l1Writes.changedBytes();
  }
}
