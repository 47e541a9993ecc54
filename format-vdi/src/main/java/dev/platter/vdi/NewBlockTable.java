package dev.platter.vdi;

import dev.platter.image.Placement;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.List;

/**
 * The block map of a new image. Entries are set in ascending order, those that are not stay free;
 * only the part that is being filled is kept, and what is free throughout takes no memory.
 */
final class NewBlockTable {
  private static final int ENTRIES = 1 << 14;
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final MemorySegment FREE = newWindow().asReadOnly();

  private final WritableStorage storage;
  private final long tableOffset;
  private final long entries;

  /** The entries from {@code first} on; null while all of them are free. */
  private MemorySegment window;

  private long first;

  NewBlockTable(NewDisk disk) {
    this.storage = disk.storage();
    this.tableOffset = disk.header().tableOffset();
    this.entries = disk.header().blocks();
  }

  /** Sets an entry, and hands out the parts that this leaves behind. */
  void set(long block, int entry, List<Placement> placements) {
    while (block >= first + ENTRIES) {
      placements.add(next());
    }
    if (window == null) {
      window = newWindow();
    }
    window.set(INT, (block - first) * Integer.BYTES, entry);
  }

  /** Writes all that remains. */
  void finish() throws IOException {
    while (first < entries) {
      Placement.Write part = next();
      storage.write(part.hostOffset(), part.bytes());
    }
  }

  private Placement.Write next() {
    MemorySegment whole = window == null ? FREE : window;
    long length = Math.min(ENTRIES, entries - first) * Integer.BYTES;
    long offset = tableOffset + first * Integer.BYTES;
    first += ENTRIES;
    window = null;
    return new Placement.Write(storage, offset, whole.asSlice(0, length));
  }

  private static MemorySegment newWindow() {
    return MemorySegment.ofArray(new byte[ENTRIES * Integer.BYTES]).fill((byte) 0xFF);
  }
}
