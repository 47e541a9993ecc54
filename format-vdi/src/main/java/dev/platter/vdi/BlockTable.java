package dev.platter.vdi;

import dev.platter.storage.Table;
import java.io.IOException;
import java.nio.ByteOrder;

/** The block map of an image in the file: for each block of the disk the block of the file. */
class BlockTable {
  /** The entry of a block that is not in the file: the parent shows. */
  static final int FREE = 0xFFFF_FFFF;

  /** The entry of a block that is not in the file and is zero. */
  static final int ZERO = 0xFFFF_FFFE;

  /** How many blocks that follow each other are one answer, at most. */
  private static final int MOST_CONSECUTIVE = 1 << 15;

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
   * The first block after a run of blocks that are free, or zero, as {@code block} is; a long run
   * may go on there.
   *
   * @param end where to stop looking
   */
  long endOfSame(long block, long end) throws IOException {
    return table.endOfEqualInts(block * Integer.BYTES, end * Integer.BYTES) / Integer.BYTES;
  }

  /** The first block after a run of blocks that follow each other in the file too. */
  long endOfConsecutive(long block, int entry, long end) throws IOException {
    long last = Math.min(end, block + MOST_CONSECUTIVE);
    long at = block + 1;
    int expected = entry + 1;
    while (at < last && isAllocated(expected) && entryAt(at) == expected) {
      at++;
      expected++;
    }
    return at;
  }
}
