package dev.platter.qcow2.edit;

import dev.platter.image.Fault;
import dev.platter.qcow2.format.BitmapDirectory;
import dev.platter.qcow2.format.BitmapEntry;
import dev.platter.qcow2.format.Entries;
import dev.platter.qcow2.format.HeaderExtension;
import dev.platter.qcow2.format.HeaderUpdate;
import dev.platter.qcow2.format.ImageHead;
import dev.platter.qcow2.format.Qcow2Header;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Optional;

/**
 * Gives the bitmaps of an image the length that a disk of another size needs ("Bitmaps"): what is
 * new is not marked. Bitmaps that are marked as in use hold nothing that could be relied on, and
 * stay as they are.
 */
final class BitmapResize {
  /** The longest table that is read, bytes: QEMU takes bitmaps of 512 MiB and less. */
  private static final long MAX_TABLE_BYTES = 32L << 20;

  private final ImageChange change;
  private final ImageHead head;
  private final Qcow2Header header;
  private final HeaderUpdate update;

  /**
   * @param update is told where the directory is
   */
  BitmapResize(ImageChange change, HeaderUpdate update) {
    this.change = change;
    this.head = change.head();
    this.header = head.header();
    this.update = update;
  }

  /** Answers whether anything had to change. */
  boolean run(long size) throws IOException {
    Optional<BitmapDirectory> directory = BitmapDirectory.read(change.storage(), head);
    if (directory.isEmpty()) {
      return false;
    }
    MemorySegment bytes = read(directory.get().offset(), directory.get().length());
    boolean changed = false;
    long at = 0;
    for (BitmapEntry entry : directory.get().entries()) {
      if (entry.isConsistent()) {
        changed |= resize(entry, size, bytes.asSlice(at));
      }
      at += entry.storedLength();
    }
    if (changed) {
      change.giveUp(directory.get().offset(), directory.get().length());
      update.bitmapDirectory(head.positionOf(HeaderExtension.BITMAPS), change.put(bytes));
    }
    return changed;
  }

  private boolean resize(BitmapEntry entry, long size, MemorySegment stored) throws IOException {
    long before = entry.requireTableSize(head);
    long after = entry.clustersFor(size, header);
    if (Math.max(before, after) * Long.BYTES > MAX_TABLE_BYTES) {
      throw Fault.in("qcow2", head.name())
          .unsupported("bitmap '" + entry.name() + "' is too large to be resized");
    }
    MemorySegment old = read(entry.tableOffset(), before * Long.BYTES);
    long[] table = old.toArray(Qcow2Header.LONG);
    boolean cut = cut(table, entry.bitsFor(Math.min(size, header.size())));
    if (before == after && !cut) {
      return false;
    }
    for (int i = (int) after; i < table.length; i++) {
      giveUp(table[i]);
    }
    table = Arrays.copyOf(table, (int) after);
    MemorySegment bytes = MemorySegment.ofArray(new byte[table.length * Long.BYTES]);
    MemorySegment.copy(table, 0, bytes, Qcow2Header.LONG, 0, table.length);
    change.giveUp(entry.tableOffset(), before * Long.BYTES);
    stored.set(Qcow2Header.LONG, 0, change.put(bytes));
    stored.set(Qcow2Header.INT, 8, (int) after);
    return true;
  }

  /** Clears the bits from {@code bits} on in the cluster that holds the first of them. */
  private boolean cut(long[] table, long bits) throws IOException {
    long clusterBits = 8L << header.clusterBits();
    int last = (int) (bits / clusterBits);
    if (bits % clusterBits == 0 || last >= table.length || table[last] == 0) {
      return false;
    }
    byte[] cluster = new byte[header.clusterSize()];
    if (table[last] == Entries.BITMAP_ALL_ONES) {
      Arrays.fill(cluster, (byte) 0xFF);
    } else {
      change.storage().readFully(table[last] & Entries.OFFSET_MASK, MemorySegment.ofArray(cluster));
    }
    byte[] before = cluster.clone();
    int within = (int) (bits % clusterBits);
    int rest = Math.ceilDiv(within, Byte.SIZE);
    if (within % Byte.SIZE != 0) {
      cluster[rest - 1] &= (byte) ((1 << within % Byte.SIZE) - 1);
    }
    Arrays.fill(cluster, rest, cluster.length, (byte) 0);
    if (Arrays.equals(before, cluster)) {
      return false;
    }
    giveUp(table[last]);
    table[last] = change.put(MemorySegment.ofArray(cluster));
    return true;
  }

  private void giveUp(long entry) throws IOException {
    if ((entry & Entries.OFFSET_MASK) != 0) {
      change.giveUp(entry & Entries.OFFSET_MASK, header.clusterSize());
    }
  }

  private MemorySegment read(long offset, long length) throws IOException {
    byte[] bytes = new byte[(int) length];
    change.storage().readFully(offset, MemorySegment.ofArray(bytes));
    return MemorySegment.ofArray(bytes);
  }
}
