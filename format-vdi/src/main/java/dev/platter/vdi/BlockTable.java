package dev.platter.vdi;

import dev.platter.storage.Table;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** The block map of an image in the file: for each block of the disk the block of the file. */
final class BlockTable {
  /** The entry of a block that is not in the file: the parent shows. */
  static final int FREE = 0xFFFF_FFFF;

  /** The entry of a block that is not in the file and is zero. */
  static final int ZERO = 0xFFFF_FFFE;

  /** How many entries one answer looks at: a run may go on in the next one. */
  private static final int MOST = 1 << 22;

  private static final int WINDOW = 1 << 15;
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final Table table;

  BlockTable(VdiHead head) {
    this.table = head.storage().table(head.header().tableOffset(), head.tableLength());
  }

  int entryAt(long block) throws IOException {
    return table.intAt(block * Integer.BYTES, ByteOrder.LITTLE_ENDIAN);
  }

  static boolean isAllocated(int entry) {
    return entry != FREE && entry != ZERO;
  }

  /**
   * The first block after a run of blocks that are free, or zero, as {@code block} is.
   *
   * @param end where to stop looking
   */
  long endOfSame(long block, int entry, long end) throws IOException {
    long last = Math.min(end, block + MOST);
    long at = block + 1;
    // Most runs are short, or very long.
    for (long near = Math.min(last, block + 16); at < near; at++) {
      if (entryAt(at) != entry) {
        return at;
      }
    }
    byte[] bytes = null;
    while (at < last) {
      int count = (int) Math.min(WINDOW, last - at);
      bytes = bytes == null ? new byte[count * Integer.BYTES] : bytes;
      MemorySegment window = MemorySegment.ofArray(bytes).asSlice(0, (long) count * Integer.BYTES);
      table.copy(at * Integer.BYTES, window);
      int same = countSame(window, entry);
      at += same;
      if (same < count) {
        break;
      }
    }
    return at;
  }

  /** Compares the window with itself, one entry on. */
  private static int countSame(MemorySegment window, int entry) {
    if (window.get(INT, 0) != entry) {
      return 0;
    }
    long end = window.byteSize() - Integer.BYTES;
    long differs = MemorySegment.mismatch(window, 0, end, window, Integer.BYTES, end + 4);
    return (int) ((differs < 0 ? end : differs) / Integer.BYTES) + 1;
  }

  /** The first block after a run of blocks that follow each other in the file too. */
  long endOfConsecutive(long block, int entry, long end) throws IOException {
    long last = Math.min(end, block + WINDOW);
    long at = block + 1;
    int expected = entry + 1;
    while (at < last && isAllocated(expected) && entryAt(at) == expected) {
      at++;
      expected++;
    }
    return at;
  }
}
