package dev.platter.vhd;

import dev.platter.image.spi.Placement;
import dev.platter.storage.WritableStorage;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * The block allocation table of a new image, of which only the part is kept that is being filled:
 * entries are set in ascending order, and a part that is left behind is written.
 */
final class TableWindow {
  private static final int ENTRIES = 1 << 14;

  private final WritableStorage storage;
  private final long tableOffset;
  private final long entries;
  private MemorySegment window;
  private long first;

  TableWindow(WritableStorage storage, long tableOffset, long entries) {
    this.storage = storage;
    this.tableOffset = tableOffset;
    this.entries = entries;
    this.window = newWindow();
  }

  /** The bytes of a table of that many entries, in whole sectors. */
  static long length(long entries) {
    return Math.ceilDiv(entries * Integer.BYTES, VhdFormat.SECTOR_SIZE) * VhdFormat.SECTOR_SIZE;
  }

  void set(long entry, int value, List<Placement> placements) {
    advance(entry, placements);
    window.set(VhdFooter.INT, (entry - first) * Integer.BYTES, value);
  }

  /** Writes every part that lies wholly before {@code entry}. */
  void advance(long entry, List<Placement> placements) {
    while (entry >= first + ENTRIES) {
      flush(placements);
    }
  }

  /** Writes all that remains. */
  void finish(List<Placement> placements) {
    while (first < entries) {
      flush(placements);
    }
  }

  private void flush(List<Placement> placements) {
    long length = Math.min(window.byteSize(), length(entries) - first * Integer.BYTES);
    placements.add(
        new Placement.Write(
            storage, tableOffset + first * Integer.BYTES, window.asSlice(0, length)));
    first += ENTRIES;
    window = newWindow();
  }

  private static MemorySegment newWindow() {
    return MemorySegment.ofArray(new byte[ENTRIES * Integer.BYTES]).fill((byte) 0xFF);
  }
}
