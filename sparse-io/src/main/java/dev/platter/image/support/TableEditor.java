package dev.platter.image.support;

import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Changes the table of an image in place that says where each block of the disk is: 32-bit words,
 * little-endian. It goes through the table a window at a time, however large it is, and belongs to
 * one thread.
 */
public final class TableEditor {
  private static final int ENTRIES = 1 << 14;
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final WritableStorage storage;
  private final long offset;

  /**
   * @param offset where the table stands on the storage, bytes
   */
  public TableEditor(WritableStorage storage, long offset) {
    this.storage = storage;
    this.offset = offset;
  }

  /** What becomes of an entry. */
  @FunctionalInterface
  public interface Change {
    /**
     * May write data to where the new entry will point; that is on the medium before the entry is.
     *
     * @return the entry as it shall be; the same to leave it
     */
    int entryFor(long block, int entry) throws IOException;
  }

  /**
   * Goes through the first {@code entries} entries, in order. When it returns, all changes are on
   * the medium; after a crash any of the entries may be the old or the new one.
   *
   * @return how many entries were changed
   */
  public long update(long entries, Change change) throws IOException {
    return copy(entries, offset, change);
  }

  /**
   * Writes a changed copy of the first {@code entries} entries to another place, which must not
   * overlap the table. Nothing points to the copy yet, so that it is not synced.
   */
  public void copyTo(long target, long entries, Change change) throws IOException {
    copy(entries, target, change);
  }

  /** Sets the entries from {@code first} to {@code end} to one value, and does not sync. */
  public void fill(long first, long end, int entry) throws IOException {
    MemorySegment window = MemorySegment.ofArray(new byte[ENTRIES * Integer.BYTES]);
    for (long i = 0; i < ENTRIES; i++) {
      window.set(INT, i * Integer.BYTES, entry);
    }
    for (long at = first; at < end; at += ENTRIES) {
      long length = Math.min(ENTRIES, end - at) * Integer.BYTES;
      storage.write(offset + at * Integer.BYTES, window.asSlice(0, length));
    }
  }

  /**
   * Writes the first {@code entries} entries as they are read, and syncs: after a sync that failed
   * the medium may have others.
   */
  public void rewrite(long entries) throws IOException {
    MemorySegment window = MemorySegment.ofArray(new byte[ENTRIES * Integer.BYTES]);
    for (long first = 0; first < entries; first += ENTRIES) {
      long length = Math.min(ENTRIES, entries - first) * Integer.BYTES;
      long from = offset + first * Integer.BYTES;
      storage.readFully(from, window.asSlice(0, length));
      storage.write(from, window.asSlice(0, length));
    }
    storage.sync();
  }

  private long copy(long entries, long target, Change change) throws IOException {
    long changed = 0;
    MemorySegment window = MemorySegment.ofArray(new byte[ENTRIES * Integer.BYTES]);
    for (long first = 0; first < entries; first += ENTRIES) {
      int count = (int) Math.min(ENTRIES, entries - first);
      MemorySegment part = window.asSlice(0, (long) count * Integer.BYTES);
      storage.readFully(offset + first * Integer.BYTES, part);
      int low = count;
      int high = 0;
      for (int i = 0; i < count; i++) {
        int entry = part.get(INT, (long) i * Integer.BYTES);
        int after = change.entryFor(first + i, entry);
        if (after != entry) {
          part.set(INT, (long) i * Integer.BYTES, after);
          low = Math.min(low, i);
          high = i + 1;
          changed++;
        }
      }
      if (target != offset) {
        storage.write(target + first * Integer.BYTES, part);
      } else if (low < high) {
        storage.sync();
        long from = (long) low * Integer.BYTES;
        storage.write(
            target + first * Integer.BYTES + from,
            part.asSlice(from, (long) high * Integer.BYTES - from));
      }
    }
    if (changed > 0 && target == offset) {
      storage.sync();
    }
    return changed;
  }
}
