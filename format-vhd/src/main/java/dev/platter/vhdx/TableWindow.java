package dev.platter.vhdx;

import dev.platter.image.spi.Placement;
import dev.platter.storage.WritableStorage;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * The block allocation table of a new image, of which only the part is kept that is being filled:
 * entries are set in ascending order, and a part that is left behind is written, unless it is zero
 * and the file is too.
 */
final class TableWindow {
  private static final int ENTRIES = 1 << 13;

  private final WritableStorage storage;
  private final long tableOffset;
  private final long entries;
  private final boolean zerosNeedNoWriting;
  private MemorySegment window = newWindow();
  private boolean touched;
  private long first;

  TableWindow(WritableStorage storage, long tableOffset, long entries, boolean zerosNeedNoWriting) {
    this.storage = storage;
    this.tableOffset = tableOffset;
    this.entries = entries;
    this.zerosNeedNoWriting = zerosNeedNoWriting;
  }

  void set(long entry, long value, List<Placement> placements) {
    while (entry >= first + ENTRIES) {
      flush(placements);
    }
    window.set(Guid.LONG, (entry - first) * BatEntry.LENGTH, value);
    touched |= value != 0;
  }

  /** Writes all that remains. */
  void finish(List<Placement> placements) {
    while (first < entries) {
      flush(placements);
    }
  }

  private void flush(List<Placement> placements) {
    long length = Math.min(ENTRIES, entries - first) * BatEntry.LENGTH;
    if (touched || !zerosNeedNoWriting) {
      placements.add(
          new Placement.Write(
              storage, tableOffset + first * BatEntry.LENGTH, window.asSlice(0, length)));
    }
    first += ENTRIES;
    if (touched) {
      window = newWindow();
      touched = false;
    }
  }

  private static MemorySegment newWindow() {
    return MemorySegment.ofArray(new byte[ENTRIES * BatEntry.LENGTH]);
  }
}
