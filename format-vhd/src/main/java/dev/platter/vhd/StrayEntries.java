package dev.platter.vhd;

import dev.platter.image.Limits;
import dev.platter.storage.Table;
import java.io.IOException;
import java.nio.ByteOrder;

/**
 * The entries that the block allocation table has behind those of the disk's blocks, as far as
 * nothing else lies there.
 *
 * @param first the first entry that no block of the disk needs
 * @param end behind the last one
 */
record StrayEntries(Table table, long first, long end) {
  static StrayEntries of(VhdHead head, BlockPlaces places) throws IOException {
    long start = head.header().tableOffset();
    long room = Math.min(new DynamicSpace(head).tableRoom(places), Limits.DEFAULT.maxTableBytes());
    long first = head.blocks();
    long most = Integer.toUnsignedLong(head.header().maxTableEntries());
    long end = Math.max(first, Math.min(most, room / Integer.BYTES));
    return new StrayEntries(head.storage().table(start, end * Integer.BYTES), first, end);
  }

  /** Whether that entry gives a place to a block that the disk does not have. */
  boolean isStray(long entry) throws IOException {
    return table.intAt(entry * Integer.BYTES, ByteOrder.BIG_ENDIAN) != DynamicMap.UNALLOCATED;
  }
}
