package dev.platter.qcow2.format;

import dev.platter.image.CorruptImageException;
import dev.platter.image.DirtyBitmap;
import dev.platter.storage.Storage;
import dev.platter.storage.Table;
import java.io.IOException;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * A bitmap that an image keeps of its disk ("Bitmap table", "Bitmap data"), read as it is asked
 * for.
 */
public final class StoredBitmap implements DirtyBitmap {
  /** How many entries of the table one answer looks at, at most. */
  private static final int MOST_ENTRIES = 1 << 16;

  /** How many pieces of bits one answer looks at, at most. */
  private static final int MOST_PIECES = 16;

  private final ImageHead head;
  private final BitmapEntry entry;
  private final Entry table;
  private final L2Pieces bits;
  private final long clusterBits;
  private final long pieceBits;

  /** The entries of the bitmap's table, by number. */
  @FunctionalInterface
  public interface Entry {
    long at(long index) throws IOException;
  }

  /**
   * @param entry with a table that is as long as it must be
   * @param bits where the clusters of the bitmap are read
   */
  public StoredBitmap(ImageHead head, BitmapEntry entry, Entry table, L2Pieces bits) {
    this.head = head;
    this.entry = entry;
    this.table = table;
    this.bits = bits;
    this.clusterBits = (long) head.header().clusterSize() * Byte.SIZE;
    this.pieceBits = (long) bits.pieceBytes() * Byte.SIZE;
  }

  /** One that nothing changes. */
  static StoredBitmap open(Storage storage, ImageHead head, BitmapEntry entry, L2Pieces bits)
      throws IOException {
    Table table = storage.table(entry.tableOffset(), entry.requireTableSize(head) * Long.BYTES);
    return new StoredBitmap(
        head, entry, index -> table.longAt(index * Long.BYTES, ByteOrder.BIG_ENDIAN), bits);
  }

  /**
   * The bitmaps of an image that are in step with its disk and can be understood. All of them share
   * the memory for what was read last.
   *
   * @throws CorruptImageException if what the directory says cannot be true
   */
  public static List<DirtyBitmap> all(Storage storage, ImageHead head) throws IOException {
    List<DirtyBitmap> bitmaps = new ArrayList<>();
    BitmapDirectory directory = BitmapDirectory.read(storage, head).orElse(null);
    if (directory == null) {
      return bitmaps;
    }
    TableCache bits = new TableCache(storage, head.header().clusterSize());
    directory.requireNames(head);
    for (BitmapEntry entry : directory.entries()) {
      if (entry.isConsistent() && entry.isUnderstood()) {
        bitmaps.add(open(storage, head, entry, bits));
      }
    }
    return bitmaps;
  }

  @Override
  public String name() {
    return entry.name();
  }

  @Override
  public long granularity() {
    return 1L << entry.granularityBits();
  }

  @Override
  public Run runAt(long offset, long limit) throws IOException {
    Objects.checkFromToIndex(offset, limit, head.header().size());
    long bit = offset >>> entry.granularityBits();
    long end = entry.bitsFor(limit);
    int entries = 0;
    int pieces = 0;
    Boolean dirty = null;
    while (bit < end && entries < MOST_ENTRIES && pieces < MOST_PIECES) {
      long stored = entryAt(bit / clusterBits);
      long cluster = stored & Entries.OFFSET_MASK;
      entries++;
      if (cluster == 0) {
        boolean ones = stored == Entries.BITMAP_ALL_ONES;
        if (dirty != null && dirty != ones) {
          break;
        }
        dirty = ones;
        bit = Math.min(end, (bit / clusterBits + 1) * clusterBits);
        continue;
      }
      long pieceEnd = Math.min(end, (bit / pieceBits + 1) * pieceBits);
      long[] words = bits.pieceAt(cluster + bit % clusterBits / pieceBits * bits.pieceBytes());
      pieces++;
      if (dirty == null) {
        dirty = (wordAt(words, bit) >>> bit & 1) != 0;
      }
      bit = endOfRun(words, bit, pieceEnd, dirty);
      if (bit < pieceEnd) {
        break;
      }
    }
    return new Run(bit >= end ? limit : bit << entry.granularityBits(), dirty);
  }

  /** The first bit from {@code bit} on that differs from {@code dirty}, {@code end} at most. */
  private long endOfRun(long[] words, long bit, long end, boolean dirty) {
    while (bit < end) {
      long word = wordAt(words, bit);
      long differing = (dirty ? ~word : word) >>> bit;
      if (differing != 0) {
        return Math.min(end, bit + Long.numberOfTrailingZeros(differing));
      }
      bit = (bit | Long.SIZE - 1) + 1;
    }
    return end;
  }

  /** The word that a bit is in, with bit n of the bitmap at bit n % 64: bytes begin low. */
  private long wordAt(long[] words, long bit) {
    return Long.reverseBytes(words[(int) (bit % pieceBits / Long.SIZE)]);
  }

  private long entryAt(long index) throws IOException {
    long stored = table.at(index);
    entry.requireTableEntry(head, index, stored);
    return stored;
  }
}
