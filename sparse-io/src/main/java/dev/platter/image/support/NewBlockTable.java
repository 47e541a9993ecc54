package dev.platter.image.support;

import dev.platter.image.spi.Placement;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.List;

/**
 * The table of a new image that says where each block of the disk is: 32-bit words, little-endian.
 * Entries are set in ascending order, those that are not stay as they were at first; only the part
 * that is being filled is kept, and what is not set throughout takes no memory. It belongs to one
 * thread at a time.
 */
public final class NewBlockTable {
  private static final int ENTRIES = 1 << 14;
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final WritableStorage storage;
  private final long tableOffset;
  private final long entries;
  private final byte unset;
  private final MemorySegment unsetWindow;

  /** The entries from {@code first} on; null while none of them is set. */
  private MemorySegment window;

  private long first;

  /**
   * @param tableOffset where it stands on the storage, bytes
   * @param entries how many it has
   * @param unset what each byte of an entry is that is not set
   */
  public NewBlockTable(WritableStorage storage, long tableOffset, long entries, byte unset) {
    this.storage = storage;
    this.tableOffset = tableOffset;
    this.entries = entries;
    this.unset = unset;
    this.unsetWindow = newWindow().asReadOnly();
  }

  /** Sets an entry, and hands out the parts that this leaves behind. */
  public void set(long block, int entry, List<? super Placement.Write> placements) {
    while (block >= first + ENTRIES) {
      placements.add(next());
    }
    if (window == null) {
      window = newWindow();
    }
    window.set(INT, (block - first) * Integer.BYTES, entry);
  }

  /** Writes all that remains. */
  public void finish() throws IOException {
    while (first < entries) {
      Placement.Write part = next();
      storage.write(part.hostOffset(), part.bytes());
    }
  }

  private Placement.Write next() {
    MemorySegment whole = window == null ? unsetWindow : window;
    long length = Math.min(ENTRIES, entries - first) * Integer.BYTES;
    long offset = tableOffset + first * Integer.BYTES;
    first += ENTRIES;
    window = null;
    return new Placement.Write(storage, offset, whole.asSlice(0, length));
  }

  private MemorySegment newWindow() {
    return MemorySegment.ofArray(new byte[ENTRIES * Integer.BYTES]).fill(unset);
  }
}
