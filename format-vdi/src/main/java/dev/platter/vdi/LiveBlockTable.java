package dev.platter.vdi;

import dev.platter.storage.WritableStorage;
import dev.platter.storage.WritableTable;
import java.io.IOException;
import java.nio.ByteOrder;

/** The block map of an image in use. */
final class LiveBlockTable extends BlockTable {
  private static final int PAGE = 4096;
  private static final int CACHE = 16 << 20;

  private final WritableTable table;

  LiveBlockTable(VdiHead head, WritableStorage storage) {
    super(head);
    this.table =
        new WritableTable(
            storage,
            head.header().tableOffset(),
            WritableTable.Width.INT,
            ByteOrder.LITTLE_ENDIAN,
            PAGE,
            CACHE);
  }

  WritableTable entries() {
    return table;
  }

  @Override
  int entryAt(long block) throws IOException {
    return (int) table.at(block);
  }

  @Override
  long endOfSame(long block, long end) throws IOException {
    return table.endOfEqual(block, end);
  }
}
