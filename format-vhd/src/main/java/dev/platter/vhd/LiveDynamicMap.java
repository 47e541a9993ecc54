package dev.platter.vhd;

import dev.platter.storage.WritableStorage;
import dev.platter.storage.WritableTable;
import dev.platter.vhd.blocks.SectorBits;
import java.io.IOException;
import java.nio.ByteOrder;

/** The block allocation table and the sector bitmaps of a disk in use. */
final class LiveDynamicMap extends DynamicMap {
  private static final int PAGE = 4096;
  private static final int CACHE = 16 << 20;
  private static final int CACHE_OF_BITS = 8 << 20;

  private final WritableTable table;
  private final SectorBits bits;
  private final Batmap batmap;

  /**
   * @param head with a file that may grow
   * @param batmap null: there is none
   */
  LiveDynamicMap(VhdHead head, WritableStorage storage, Batmap batmap) throws IOException {
    super(head);
    this.table =
        new WritableTable(
            storage,
            head.header().tableOffset(),
            WritableTable.Width.INT,
            ByteOrder.BIG_ENDIAN,
            PAGE,
            CACHE);
    this.bits =
        new SectorBits(
            new WritableTable(
                storage,
                0,
                WritableTable.Width.LONG,
                ByteOrder.BIG_ENDIAN,
                VhdFormat.SECTOR_SIZE,
                CACHE_OF_BITS),
            SectorBits.Order.HIGHEST_FIRST);
    this.batmap = batmap;
  }

  WritableTable table() {
    return table;
  }

  SectorBits bits() {
    return bits;
  }

  @Override
  int entryAt(long block) throws IOException {
    return (int) table.at(block);
  }

  @Override
  long endOfUnallocated(long block, long limit) throws IOException {
    long end = (limit - 1) / blockSize() + 1;
    return table.endOfEqual(block, end) * blockSize();
  }

  @Override
  SectorBitmaps.Run runAt(long block, long bitmap, int from, int end) throws IOException {
    if (batmap != null && batmap.isFull(block)) {
      return new SectorBitmaps.Run(true, end);
    }
    int sector = from / VhdFormat.SECTOR_SIZE;
    boolean present = bits.isSet(bitmap, sector);
    int last = bits.endOfRun(bitmap, sector, Math.ceilDiv(end, VhdFormat.SECTOR_SIZE), present);
    return new SectorBitmaps.Run(present, Math.min(end, last * VhdFormat.SECTOR_SIZE));
  }
}
