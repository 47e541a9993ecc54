package dev.platter.vdi;

import dev.platter.storage.WritableStorage;
import dev.platter.storage.WritableTable;
import java.io.IOException;

/** The block map of an image in use. */
final class LiveBlockTable extends BlockTable {
  private final WritableTable table;

  LiveBlockTable(VdiHead head, WritableStorage storage) {
    super(head);
    this.table = WritableTable.ofBlocks(storage, head.header().tableOffset());
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
