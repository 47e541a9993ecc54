package dev.platter.vhdx;

import dev.platter.image.Extent;
import dev.platter.storage.WritableStorage;
import dev.platter.storage.WritableTable;
import dev.platter.vhd.blocks.SectorBits;
import java.io.IOException;
import java.nio.ByteOrder;

/** The block allocation table and the sector bitmaps of a disk in use. */
final class LiveVhdxMap extends VhdxMap {
  private static final int CACHE = 12 << 20;
  private static final int CACHE_OF_BITS = 4 << 20;

  /** Up to this length nobody asks for holes: reading is faster. */
  private static final long LOOKED_AT = 1 << 16;

  private final WritableStorage storage;
  private final DiskLayout layout;
  private final WritableTable table;
  private final SectorBits bits;

  LiveVhdxMap(VhdxHead head, WritableStorage storage, LiveLog log) throws IOException {
    super(head, Long.MAX_VALUE);
    this.storage = storage;
    this.layout = head.layout();
    this.table = words(log, head.bat().offset(), CACHE);
    this.bits = new SectorBits(words(log, 0, CACHE_OF_BITS), SectorBits.Order.LOWEST_FIRST);
  }

  private static WritableTable words(LiveLog log, long base, int cacheBytes) {
    return new WritableTable(
        log, base, WritableTable.Width.LONG, ByteOrder.LITTLE_ENDIAN, LogEntry.SECTOR, cacheBytes);
  }

  WritableTable table() {
    return table;
  }

  SectorBits bits() {
    return bits;
  }

  @Override
  long tableEntry(long index) throws IOException {
    return table.at(index);
  }

  @Override
  long endOfAbsent(long block, long last) throws IOException {
    long chunkEnd = (block / layout.chunkRatio() + 1) * layout.chunkRatio();
    long count = Math.min(last + 1, chunkEnd) - block;
    long first = layout.entryOf(block);
    return block + table.endOfEqual(first, first + count) - first;
  }

  @Override
  SectorBitmaps.Run runAt(long block, long bitmap, int from, int end) throws IOException {
    int sectorSize = layout.logicalSectorSize();
    long at = bitmap + layout.bitsOffset(block);
    int sector = from / sectorSize;
    boolean present = bits.isSet(at, sector);
    int last = bits.endOfRun(at, sector, Math.ceilDiv(end, sectorSize), present);
    return new SectorBitmaps.Run(present, (int) Math.min(end, (long) last * sectorSize));
  }

  @Override
  Extent stored(long offset, long length, long host) throws IOException {
    return length > LOOKED_AT
        ? super.stored(offset, length, host)
        : new Extent.Data(offset, length, storage, host);
  }

  /** Where bytes of one block have a place, or as far as they have none. */
  Extent placeAt(long offset, long limit) throws IOException {
    int blockSize = layout.blockSize();
    long block = offset / blockSize;
    long end = Math.min(limit, (block + 1) * blockSize);
    long payload = payloadOffset(block);
    if (payload == NOWHERE) {
      return new Extent.Absent(offset, end - offset);
    }
    long within = offset % blockSize;
    if (BatEntry.state(entryAt(block)) == BatEntry.PAYLOAD_BLOCK_PARTIALLY_PRESENT) {
      SectorBitmaps.Run run =
          runAt(block, bitmapOffset(block), (int) within, (int) (end - block * blockSize));
      end = block * blockSize + run.end();
      if (!run.present()) {
        return new Extent.Absent(offset, end - offset);
      }
    }
    return new Extent.Data(offset, end - offset, storage, payload + within);
  }
}
