package dev.platter.qcow2.edit;

import dev.platter.image.DirtyBitmap;
import dev.platter.image.IllegalOptionException;
import dev.platter.image.Limits;
import dev.platter.image.spi.Bitmaps;
import dev.platter.image.support.Undo;
import dev.platter.qcow2.format.BitmapDirectory;
import dev.platter.qcow2.format.BitmapEntry;
import dev.platter.qcow2.format.Entries;
import dev.platter.qcow2.format.ImageHead;
import dev.platter.qcow2.format.Qcow2Header;
import dev.platter.qcow2.format.StoredBitmap;
import dev.platter.storage.FileNames;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;

/** Adds, removes, marks and merges the persistent bitmaps of an image ("Bitmaps"). */
public final class Qcow2Bitmaps implements Bitmaps {
  /** The most bytes that the bits of one may take, as in QEMU. */
  private static final long MAX_BITS_BYTES = 512L << 20;

  private static final long MIN_USUAL_GRANULARITY = 4096;
  private static final long MAX_USUAL_GRANULARITY = 65536;

  private final WritableStorage storage;
  private final Limits limits;

  /** The change before, which knows how often each cluster is referred to; null: there is none. */
  private ImageChange last;

  /** While it is used, nobody else changes the image. */
  public Qcow2Bitmaps(WritableStorage storage, Limits limits) {
    this.storage = storage;
    this.limits = limits;
  }

  @FunctionalInterface
  private interface Step {
    void run(ImageHead head, BitmapChange bitmaps) throws IOException;
  }

  private void change(Step step) throws IOException {
    ImageChange change = last == null ? ImageChange.begin(storage, limits) : last.next(limits);
    last = null;
    Undo.ifFails(
        () -> {
          BitmapChange bitmaps = BitmapChange.read(change);
          step.run(change.head(), bitmaps);
          bitmaps.commit();
        },
        change::undo);
    if (Undo.orLeak(change::release).isEmpty()) {
      last = change;
    }
  }

  @Override
  public List<DirtyBitmap> present() throws IOException {
    return StoredBitmap.all(storage, ImageHead.read(storage, limits));
  }

  @Override
  public void add(String name, long granularity, Recording recording) throws IOException {
    change((head, bitmaps) -> {
      Qcow2Header header = head.header();
      long bytes =
          granularity == USUAL_GRANULARITY
              ? Math.clamp(header.clusterSize(), MIN_USUAL_GRANULARITY, MAX_USUAL_GRANULARITY)
              : granularity;
      int bits = Long.numberOfTrailingZeros(bytes);
      if (Long.bitCount(bytes) != 1
          || bits < BitmapEntry.MIN_GRANULARITY_BITS
          || bits > BitmapEntry.MAX_GRANULARITY_BITS) {
        throw new IllegalOptionException("Granularity must be power of 2 and at least 512");
      }
      if (name.isEmpty()) {
        throw new IllegalOptionException("Bitmap name cannot be empty");
      }
      if (bitmaps.indexOf(name) >= 0) {
        throw new IllegalOptionException("Bitmap already exists: " + name);
      }
      String wrong = "Can't make bitmap '" + name + "' persistent in '" + head.name() + "': ";
      if (header.version() < 3) {
        throw new IllegalOptionException(wrong + "Cannot store dirty bitmaps in qcow2 v2 files");
      }
      if (FileNames.bytes(name).length > BitmapEntry.MAX_NAME) {
        throw new IllegalOptionException(
            wrong + "Name length exceeds maximum (" + BitmapEntry.MAX_NAME + " characters)");
      }
      if (bitmaps.count() >= BitmapDirectory.MAX_BITMAPS) {
        throw new IllegalOptionException(
            wrong + "Maximum number of persistent bitmaps is already reached");
      }
      if (header.size() >>> bits >= MAX_BITS_BYTES * Byte.SIZE) {
        throw new IllegalOptionException(
            wrong + "Too much space will be occupied by the bitmap. Use larger granularity");
      }
      if (header.size() == 0) {
        throw new IllegalOptionException(wrong + "the disk has no bytes");
      }
      bitmaps.add(name, bits, recording == Recording.ENABLED ? BitmapEntry.FLAG_AUTO : 0);
    });
  }

  @Override
  public void remove(String name) throws IOException {
    change((_, bitmaps) -> bitmaps.remove(known(bitmaps, name)));
  }

  @Override
  public void clear(String name) throws IOException {
    change((_, bitmaps) -> {
      int index = consistent(bitmaps, name);
      long[] table = bitmaps.takeTable(index);
      for (long word : table) {
        bitmaps.giveUpData(word);
      }
      bitmaps.putTable(index, new long[table.length]);
    });
  }

  @Override
  public void set(String name, Recording recording) throws IOException {
    change((_, bitmaps) -> {
      int index = consistent(bitmaps, name);
      int flags = bitmaps.at(index).flags() & ~BitmapEntry.FLAG_AUTO;
      bitmaps.setFlags(
          index, recording == Recording.ENABLED ? flags | BitmapEntry.FLAG_AUTO : flags);
    });
  }

  @Override
  public void merge(String name, DirtyBitmap source) throws IOException {
    change((head, bitmaps) -> {
      int index = consistent(bitmaps, name);
      BitmapEntry entry = bitmaps.at(index);
      Merging merging =
          new Merging(bitmaps, bitmaps.takeTable(index), 8L * head.header().clusterSize());
      long size = head.header().size();
      for (long at = 0; at < size; ) {
        DirtyBitmap.Run run = source.runAt(at, size);
        if (run.isDirty()) {
          merging.mark(at >>> entry.granularityBits(), entry.bitsFor(run.end()));
        }
        at = run.end();
      }
      bitmaps.putTable(index, merging.finish());
    });
  }

  private static int known(BitmapChange bitmaps, String name) throws IllegalOptionException {
    int index = bitmaps.indexOf(name);
    if (index < 0) {
      throw new IllegalOptionException("Dirty bitmap '" + name + "' not found");
    }
    return index;
  }

  private static int consistent(BitmapChange bitmaps, String name) throws IllegalOptionException {
    int index = known(bitmaps, name);
    BitmapEntry entry = bitmaps.at(index);
    if (!entry.isConsistent() || !entry.isUnderstood()) {
      throw Bitmaps.inconsistent(name);
    }
    return index;
  }

  /** Marks bits in ascending order, one cluster of them in memory. */
  private static final class Merging {
    private static final int NONE = -1;

    private final BitmapChange bitmaps;
    private final long[] table;
    private final long clusterBits;
    private byte[] bits;
    private int open = NONE;

    Merging(BitmapChange bitmaps, long[] table, long clusterBits) {
      this.bitmaps = bitmaps;
      this.table = table;
      this.clusterBits = clusterBits;
    }

    void mark(long first, long end) throws IOException {
      for (long bit = first; bit < end; ) {
        int index = (int) (bit / clusterBits);
        long stop = Math.min(end, (index + 1) * clusterBits);
        if (stop - bit == clusterBits) {
          settle();
          bitmaps.giveUpData(table[index]);
          table[index] = Entries.BITMAP_ALL_ONES;
        } else {
          open(index);
          mark((int) (bit - index * clusterBits), (int) (stop - index * clusterBits));
        }
        bit = stop;
      }
    }

    private void mark(int first, int end) {
      int bit = first;
      for (; bit < end && bit % Byte.SIZE != 0; bit++) {
        bits[bit / Byte.SIZE] |= (byte) (1 << bit % Byte.SIZE);
      }
      int whole = Math.max(bit, end / Byte.SIZE * Byte.SIZE);
      Arrays.fill(bits, bit / Byte.SIZE, whole / Byte.SIZE, (byte) -1);
      for (bit = whole; bit < end; bit++) {
        bits[bit / Byte.SIZE] |= (byte) (1 << bit % Byte.SIZE);
      }
    }

    private void open(int index) throws IOException {
      if (index != open) {
        settle();
        bits = bitmaps.bits(table[index]);
        open = index;
      }
    }

    private void settle() throws IOException {
      if (open != NONE) {
        bitmaps.giveUpData(table[open]);
        table[open] = bitmaps.putBits(bits);
        open = NONE;
      }
    }

    long[] finish() throws IOException {
      settle();
      return table;
    }
  }
}
