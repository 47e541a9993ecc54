package dev.platter.vhdx;

import dev.platter.image.Limits;
import dev.platter.storage.Run;
import dev.platter.storage.Storage;
import dev.platter.storage.WritableStorage;
import dev.platter.storage.ZeroScan;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * The entries of the block allocation table that no block of the disk needs: those behind the last
 * block's, and with a parent the last sector bitmap's stands among them.
 */
final class StrayEntries {
  private static final int AT_ONCE = 1 << 13;

  private final Storage storage;
  private final long start;
  private final long first;
  private final long end;
  private final long bitmap;

  private StrayEntries(VhdxHead head, DiskLayout layout) {
    long blocks = layout.blocks();
    this.storage = head.storage();
    this.start = head.bat().offset();
    this.first = blocks == 0 ? 0 : layout.entryOf(blocks - 1) + 1;
    this.bitmap = blocks == 0 || !layout.hasParent() ? -1 : layout.bitmapEntryOf(blocks - 1);
    long room = Math.min(head.bat().length(), Limits.DEFAULT.maxTableBytes() * 4);
    this.end = Math.max(first, room / BatEntry.LENGTH);
  }

  static StrayEntries of(VhdxHead head) {
    return new StrayEntries(head, head.layout());
  }

  /** Where they begin. */
  long first() {
    return first;
  }

  /** Makes them zero, where any is not. */
  void clear(WritableStorage file) throws IOException {
    if (next(first) < 0) {
      return;
    }
    long cut = bitmap < first ? first : bitmap;
    file.zero(start + first * BatEntry.LENGTH, (cut - first) * BatEntry.LENGTH);
    long rest = bitmap < first ? first : bitmap + 1;
    file.zero(start + rest * BatEntry.LENGTH, (end - rest) * BatEntry.LENGTH);
  }

  /** The first from {@code entry} on that is not zero; -1: there is none. */
  long next(long entry) throws IOException {
    long at = entry;
    while (at < end) {
      Run run = storage.runAt(start + at * BatEntry.LENGTH, start + end * BatEntry.LENGTH);
      long runEnd = Math.ceilDiv(run.end() - start, BatEntry.LENGTH);
      if (run.hole()) {
        at = Math.max(at + 1, (run.end() - start) / BatEntry.LENGTH);
        continue;
      }
      long found = next(at, Math.min(Math.min(runEnd, end), at + AT_ONCE));
      if (found >= 0) {
        return found;
      }
      at = Math.min(Math.min(runEnd, end), at + AT_ONCE);
    }
    return -1;
  }

  private long next(long from, long to) throws IOException {
    MemorySegment window = MemorySegment.ofArray(new byte[(int) (to - from) * BatEntry.LENGTH]);
    storage.read(start + from * BatEntry.LENGTH, window);
    for (long at = 0; at < to - from; at++) {
      at +=
          ZeroScan.zeroRun(window.asSlice(at * BatEntry.LENGTH), BatEntry.LENGTH) / BatEntry.LENGTH;
      if (at < to - from && from + at != bitmap) {
        return from + at;
      }
    }
    return -1;
  }
}
