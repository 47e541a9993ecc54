package dev.platter.qcow2.edit;

import dev.platter.image.IllegalOptionException;
import dev.platter.qcow2.format.BitmapDirectory;
import dev.platter.qcow2.format.BitmapEntry;
import dev.platter.qcow2.format.Entries;
import dev.platter.qcow2.format.HeaderExtension;
import dev.platter.qcow2.format.HeaderLayout;
import dev.platter.qcow2.format.HeaderUpdate;
import dev.platter.qcow2.format.ImageHead;
import dev.platter.qcow2.format.Qcow2Header;
import dev.platter.storage.FileNames;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The directory of bitmaps, to be changed in memory and written anew ("Bitmap directory"): tables
 * and data that change get other places, and all counts at once, by the header.
 */
final class BitmapChange {
  /** What one reading of a table to be given up takes, entries. */
  private static final int WINDOW = 8192;

  private final ImageChange change;
  private final ImageHead head;
  private final Qcow2Header header;
  private final Optional<BitmapDirectory> before;
  private final List<MemorySegment> entries = new ArrayList<>();

  private BitmapChange(ImageChange change) throws IOException {
    this.change = change;
    this.head = change.head();
    this.header = head.header();
    this.before = BitmapDirectory.read(change.storage(), head);
    if (before.isPresent()) {
      byte[] stored = new byte[(int) before.get().length()];
      change.storage().readFully(before.get().offset(), MemorySegment.ofArray(stored));
      int at = 0;
      for (BitmapEntry entry : before.get().entries()) {
        byte[] copy = new byte[(int) entry.storedLength()];
        System.arraycopy(stored, at, copy, 0, Math.min(copy.length, stored.length - at));
        entries.add(MemorySegment.ofArray(copy));
        at += copy.length;
      }
    }
  }

  static BitmapChange read(ImageChange change) throws IOException {
    return new BitmapChange(change);
  }

  /** Gives up all bitmaps, for an image that is to have none. */
  static void removeAll(ImageChange change) throws IOException {
    BitmapChange bitmaps = new BitmapChange(change);
    while (!bitmaps.entries.isEmpty()) {
      bitmaps.remove(bitmaps.entries.size() - 1);
    }
    bitmaps.giveUpDirectory();
  }

  int count() {
    return entries.size();
  }

  BitmapEntry at(int index) {
    return BitmapEntry.parse(entries.get(index));
  }

  /** Where the bitmap of that name is; -1: there is none. */
  int indexOf(String name) {
    for (int i = 0; i < entries.size(); i++) {
      if (at(i).name().equals(name)) {
        return i;
      }
    }
    return -1;
  }

  void add(String name, int granularityBits, int flags) throws IOException {
    byte[] bytes = FileNames.bytes(name);
    MemorySegment entry =
        MemorySegment.ofArray(new byte[BitmapEntry.FIXED_LENGTH + bytes.length + 7 & ~7]);
    entry.set(Qcow2Header.INT, BitmapEntry.FLAGS_OFFSET, flags);
    entry.set(ValueLayout.JAVA_BYTE, 16, (byte) BitmapEntry.TYPE_DIRTY_TRACKING);
    entry.set(ValueLayout.JAVA_BYTE, 17, (byte) granularityBits);
    entry.set(Qcow2Header.SHORT, 18, (short) bytes.length);
    MemorySegment.copy(
        bytes, 0, entry, ValueLayout.JAVA_BYTE, BitmapEntry.FIXED_LENGTH, bytes.length);
    entries.add(entry);
    long words = BitmapEntry.parse(entry).clustersFor(header.size(), header);
    putTable(entries.size() - 1, new long[(int) words]);
  }

  /** Takes a bitmap out, with all that is its own. */
  void remove(int index) throws IOException {
    BitmapEntry entry = at(index);
    long words = Integer.toUnsignedLong(entry.tableSize());
    MemorySegment window = MemorySegment.ofArray(new byte[WINDOW * Long.BYTES]);
    for (long first = 0; first < words; first += WINDOW) {
      MemorySegment part = window.asSlice(0, Math.min(WINDOW, words - first) * Long.BYTES);
      change.storage().readFully(entry.tableOffset() + first * Long.BYTES, part);
      for (long at = 0; at < part.byteSize(); at += Long.BYTES) {
        giveUpData(part.get(Qcow2Header.LONG, at));
      }
    }
    change.giveUp(entry.tableOffset(), words * Long.BYTES);
    entries.remove(index);
  }

  void setFlags(int index, int flags) {
    entries.get(index).set(Qcow2Header.INT, BitmapEntry.FLAGS_OFFSET, flags);
  }

  /** The entries of a bitmap's table, and gives the place up that they have. */
  long[] takeTable(int index) throws IOException {
    BitmapEntry entry = at(index);
    long words = entry.requireTableSize(head);
    byte[] bytes = new byte[(int) words * Long.BYTES];
    change.storage().readFully(entry.tableOffset(), MemorySegment.ofArray(bytes));
    change.giveUp(entry.tableOffset(), bytes.length);
    return MemorySegment.ofArray(bytes).toArray(Qcow2Header.LONG);
  }

  void putTable(int index, long[] words) throws IOException {
    MemorySegment bytes = MemorySegment.ofArray(new byte[words.length * Long.BYTES]);
    MemorySegment.copy(words, 0, bytes, Qcow2Header.LONG, 0, words.length);
    MemorySegment entry = entries.get(index);
    entry.set(Qcow2Header.LONG, 0, change.put(bytes));
    entry.set(Qcow2Header.INT, 8, words.length);
  }

  /** Gives up the cluster of bits that an entry of a table names, if it names one. */
  void giveUpData(long word) throws IOException {
    if ((word & Entries.OFFSET_MASK) != 0) {
      change.giveUp(word & Entries.OFFSET_MASK, header.clusterSize());
    }
  }

  /** The bits that an entry of a table stands for. */
  byte[] bits(long word) throws IOException {
    byte[] bits = new byte[header.clusterSize()];
    if ((word & Entries.OFFSET_MASK) != 0) {
      change.storage().readFully(word & Entries.OFFSET_MASK, MemorySegment.ofArray(bits));
    } else if (word == Entries.BITMAP_ALL_ONES) {
      java.util.Arrays.fill(bits, (byte) -1);
    }
    return bits;
  }

  /** Puts bits into a new cluster; answers the entry that names it. */
  long putBits(byte[] bits) throws IOException {
    return change.put(MemorySegment.ofArray(bits));
  }

  private void giveUpDirectory() throws IOException {
    if (before.isPresent()) {
      change.giveUp(before.get().offset(), before.get().length());
    }
  }

  /** Writes the directory and lets it count. */
  void commit() throws IOException {
    giveUpDirectory();
    long length = 0;
    for (MemorySegment entry : entries) {
      length += entry.byteSize();
    }
    if (length > BitmapDirectory.MAX_LENGTH) {
      throw new IllegalOptionException("No space left in the list of bitmaps");
    }
    MemorySegment directory = MemorySegment.ofArray(new byte[(int) length]);
    long at = 0;
    for (MemorySegment entry : entries) {
      directory.asSlice(at).copyFrom(entry);
      at += entry.byteSize();
    }
    MemorySegment extension = null;
    long autoclear = header.autoclearFeatures() & ~Qcow2Header.AUTOCLEAR_BITMAPS;
    if (!entries.isEmpty()) {
      extension = MemorySegment.ofArray(new byte[BitmapDirectory.EXTENSION_LENGTH]);
      extension.set(Qcow2Header.INT, 0, entries.size());
      extension.set(Qcow2Header.LONG, 8, length);
      extension.set(Qcow2Header.LONG, BitmapDirectory.OFFSET_FIELD, change.put(directory));
      autoclear |= Qcow2Header.AUTOCLEAR_BITMAPS;
    }
    HeaderLayout layout =
        HeaderLayout.of(head).data(HeaderExtension.BITMAPS, Optional.ofNullable(extension)).place();
    change.planRefcounts();
    change.commit(
        new HeaderUpdate(change.storage())
            .layout(layout)
            .features(header.compatibleFeatures(), autoclear));
  }
}
