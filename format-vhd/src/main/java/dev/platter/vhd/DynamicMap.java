package dev.platter.vhd;

import dev.platter.image.BlockMap;
import dev.platter.image.CorruptImageException;
import dev.platter.image.Extent;
import dev.platter.storage.Table;
import java.io.IOException;
import java.nio.ByteOrder;

/**
 * The map of a dynamic or differencing disk ("Block Allocation Table and Data Blocks"). A
 * differencing disk's blocks are cut at the runs of their sector bitmaps.
 */
class DynamicMap implements BlockMap {
  /** The entry of a block that is not in the file. */
  static final int UNALLOCATED = 0xFFFF_FFFF;

  private final VhdHead head;
  private final Table table;
  private final SectorBitmaps bitmaps;
  private final int blockSize;
  private final int bitmapSize;
  private final long tableEnd;

  DynamicMap(VhdHead head) throws IOException {
    this.head = head;
    this.blockSize = head.header().blockSize();
    this.bitmapSize = bitmapSize(blockSize);
    long length = blocks() * Integer.BYTES;
    this.table = head.storage().table(head.header().tableOffset(), length);
    this.tableEnd = head.header().tableOffset() + length;
    this.bitmaps = head.isDifferencing() ? SectorBitmaps.of(head) : null;
  }

  /** The bytes of the sector bitmap in front of a block's payload, in whole sectors. */
  static int bitmapSize(int blockSize) {
    int bytes = Math.ceilDiv(blockSize / VhdFormat.SECTOR_SIZE, Byte.SIZE);
    return Math.ceilDiv(bytes, VhdFormat.SECTOR_SIZE) * VhdFormat.SECTOR_SIZE;
  }

  @Override
  public long size() {
    return head.size();
  }

  @Override
  public int blockSize() {
    return blockSize;
  }

  /** The blocks of the disk. */
  long blocks() {
    return head.blocks();
  }

  @Override
  public Extent extentAt(long offset, long limit) throws IOException {
    if (offset < 0 || offset >= limit || limit > head.size()) {
      throw new IllegalArgumentException(
          head.name() + ": no extent at " + offset + ", limit " + limit + ", size " + head.size());
    }
    long block = offset / blockSize;
    int entry = entryAt(block);
    if (entry == UNALLOCATED) {
      return unallocated(offset, Math.min(endOfUnallocated(block, limit), limit) - offset);
    }
    long bitmap = bitmapOffset(block, entry);
    long start = block * blockSize;
    long within = offset - start;
    int end = (int) (Math.min(limit, start + blockSize) - start);
    long payload = bitmap + bitmapSize;
    if (bitmaps == null) {
      return new Extent.Data(offset, end - within, head.storage(), payload + within);
    }
    SectorBitmaps.Run run = runAt(block, bitmap, (int) within, end);
    return run.present()
        ? new Extent.Data(offset, run.end() - within, head.storage(), payload + within)
        : new Extent.Absent(offset, run.end() - within);
  }

  /** As {@link SectorBitmaps#runAt}. */
  SectorBitmaps.Run runAt(long block, long bitmap, int from, int end) throws IOException {
    return bitmaps.runAt(block, bitmap, from, end);
  }

  /** The entry of a block as the table has it. */
  int entryAt(long block) throws IOException {
    return table.intAt(block * Integer.BYTES, ByteOrder.BIG_ENDIAN);
  }

  /**
   * Where an allocated block's bitmap stands; its payload follows.
   *
   * @throws CorruptImageException if the block, as far as the disk reaches, is not in the file, or
   *     covers its metadata
   */
  long bitmapOffset(long block, int entry) throws CorruptImageException {
    long offset = Integer.toUnsignedLong(entry) * VhdFormat.SECTOR_SIZE;
    long used = bitmapSize + Math.min(blockSize, head.size() - block * blockSize);
    if (offset > head.payloadEnd() - used) {
      throw corrupt(
          block,
          "ends past the data of the file ("
              + VhdHead.hex(offset + used)
              + " > "
              + VhdHead.hex(head.payloadEnd())
              + ")");
    }
    long header = head.footer().dataOffset();
    boolean inMetadata =
        offset < VhdFooter.LENGTH
            || (offset < header + VhdHeader.LENGTH && offset + used > header)
            || (offset < tableEnd && offset + used > head.header().tableOffset());
    if (inMetadata) {
      throw corrupt(block, "lies in the image's own metadata, at " + VhdHead.hex(offset));
    }
    return offset;
  }

  private CorruptImageException corrupt(long block, String what) {
    long position = head.header().tableOffset() + block * Integer.BYTES;
    return head.corrupt(
        "block " + block + " (table entry at " + VhdHead.hex(position) + ") " + what);
  }

  /** Where blocks end that are not in the file, from {@code block} on, bytes. */
  long endOfUnallocated(long block, long limit) throws IOException {
    long last = (limit - 1) / blockSize;
    long next = block + 1;
    while (next <= last && entryAt(next) == UNALLOCATED) {
      next++;
    }
    return next * blockSize;
  }

  private Extent unallocated(long offset, long length) {
    return head.isDifferencing()
        ? new Extent.Absent(offset, length)
        : new Extent.Zero(offset, length);
  }
}
