package dev.platter.parallels;

import dev.platter.storage.WritableStorage;
import dev.platter.storage.WritableTable;
import java.io.IOException;

/** The BAT of an image in use. */
final class LiveBat extends BatTable {
  private final WritableTable table;

  LiveBat(ParallelsHead head, WritableStorage storage) {
    super(head);
    this.table = WritableTable.ofBlocks(storage, ParallelsHeader.LENGTH);
  }

  WritableTable entries() {
    return table;
  }

  @Override
  int entryAt(long cluster) throws IOException {
    return (int) table.at(cluster);
  }

  @Override
  long endOfFree(long cluster, long end) throws IOException {
    return table.endOfEqual(cluster, end);
  }
}
