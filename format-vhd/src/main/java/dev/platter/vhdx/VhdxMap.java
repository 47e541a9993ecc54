package dev.platter.vhdx;

import dev.platter.image.BlockMap;
import dev.platter.image.CorruptImageException;
import dev.platter.image.Extent;
import dev.platter.storage.Run;
import dev.platter.storage.Storage;
import dev.platter.storage.Table;
import java.io.IOException;
import java.nio.ByteOrder;

/** The map of a disk: its block allocation table (2.5), read in windows. */
class VhdxMap implements BlockMap {
  /** There is no such block in the file. */
  static final long NOWHERE = -1;

  /** After so many absent entries the rest of the table is asked for holes. */
  private static final int ENTRIES_BEFORE_HOLES = 512;

  private final VhdxHead head;
  private final DiskLayout layout;
  private final Table table;
  private final long fileSize;
  private final int blockSize;
  private final SectorBitmaps bitmaps;

  private enum Kind {
    ABSENT,
    ZERO,
    DATA,
    PARTIAL
  }

  VhdxMap(VhdxHead head) throws IOException {
    this(head, head.storage().size());
  }

  /**
   * @param fileSize where blocks must end
   */
  VhdxMap(VhdxHead head, long fileSize) throws IOException {
    this.head = head;
    this.layout = head.layout();
    this.table = head.storage().table(head.bat().offset(), layout.entries() * BatEntry.LENGTH);
    this.fileSize = fileSize;
    this.blockSize = layout.blockSize();
    this.bitmaps = new SectorBitmaps(head.storage(), layout);
  }

  @Override
  public long size() {
    return layout.size();
  }

  @Override
  public int blockSize() {
    return blockSize;
  }

  @Override
  public Extent extentAt(long offset, long limit) throws IOException {
    if (offset < 0 || offset >= limit || limit > layout.size()) {
      throw new IllegalArgumentException(
          head.name() + ": no extent at " + offset + ", limit " + limit + ", size " + size());
    }
    long block = offset / blockSize;
    long entry = entryAt(block);
    return switch (kindOf(block, entry)) {
      case ABSENT -> {
        long end = endOfAbsent(block, (limit - 1) / blockSize);
        yield new Extent.Absent(offset, Math.min(limit, end * blockSize) - offset);
      }
      case ZERO -> {
        long end = endOfZeros(block, (limit - 1) / blockSize);
        yield new Extent.Zero(offset, Math.min(limit, end * blockSize) - offset);
      }
      case DATA -> data(offset, limit, block, payloadOffset(block, entry));
      case PARTIAL -> partial(offset, limit, block, payloadOffset(block, entry));
    };
  }

  /** The entry of a payload block as the table has it. */
  long entryAt(long block) throws IOException {
    return tableEntry(layout.entryOf(block));
  }

  /** An entry by its number in the table. */
  long tableEntry(long index) throws IOException {
    return table.longAt(index * BatEntry.LENGTH, ByteOrder.LITTLE_ENDIAN);
  }

  /** As {@link SectorBitmaps#runAt}. */
  SectorBitmaps.Run runAt(long block, long bitmap, int from, int end) throws IOException {
    return bitmaps.runAt(block, bitmap, from, end);
  }

  private Kind kindOf(long block, long entry) throws CorruptImageException {
    return switch (BatEntry.state(entry)) {
      case BatEntry.PAYLOAD_BLOCK_NOT_PRESENT -> Kind.ABSENT;
      case BatEntry.PAYLOAD_BLOCK_UNDEFINED,
          BatEntry.PAYLOAD_BLOCK_ZERO,
          BatEntry.PAYLOAD_BLOCK_UNMAPPED,
          BatEntry.PAYLOAD_BLOCK_UNMAPPED_DRAFT ->
          Kind.ZERO;
      case BatEntry.PAYLOAD_BLOCK_FULLY_PRESENT -> Kind.DATA;
      case BatEntry.PAYLOAD_BLOCK_PARTIALLY_PRESENT -> {
        if (!head.isDifferencing()) {
          throw corrupt(block, "is partially present in a disk without a parent");
        }
        yield Kind.PARTIAL;
      }
      default -> throw corrupt(block, "has the reserved state " + BatEntry.state(entry));
    };
  }

  /**
   * Where a present block's payload stands.
   *
   * @throws CorruptImageException if the block, as far as the disk reaches, is not in the file, or
   *     covers its metadata
   */
  private long payloadOffset(long block, long entry) throws CorruptImageException {
    long offset = BatEntry.offset(entry);
    checkPlace(block, "", offset, Math.min(blockSize, layout.size() - block * blockSize));
    return offset;
  }

  /** Where a block's payload stands, checked; {@link #NOWHERE} if it is not in the file. */
  long payloadOffset(long block) throws IOException {
    long entry = entryAt(block);
    Kind kind = kindOf(block, entry);
    return kind == Kind.DATA || kind == Kind.PARTIAL ? payloadOffset(block, entry) : NOWHERE;
  }

  /**
   * Where the sector bitmap block of a block's chunk stands, checked; {@link #NOWHERE} if there is
   * none.
   */
  long bitmapOffset(long block) throws IOException {
    long index = layout.bitmapEntryOf(block);
    if (!head.isDifferencing()) {
      return NOWHERE;
    }
    long entry = tableEntry(index);
    if (BatEntry.state(entry) != BatEntry.SB_BLOCK_PRESENT) {
      return NOWHERE;
    }
    long bitmap = BatEntry.offset(entry);
    checkPlace(block, "has a sector bitmap that ", bitmap, BatEntry.MIB);
    return bitmap;
  }

  /** Whether a block could be at that place. */
  boolean isPossible(long block, long offset) {
    try {
      checkPlace(block, "", offset, Math.min(blockSize, layout.size() - block * blockSize));
      return true;
    } catch (CorruptImageException e) {
      return false;
    }
  }

  /** Whether a block's sectors are told of by a bitmap that is not there. */
  boolean lacksBitmap(long block) throws IOException {
    long index = layout.bitmapEntryOf(block);
    return BatEntry.state(entryAt(block)) == BatEntry.PAYLOAD_BLOCK_PARTIALLY_PRESENT
        && BatEntry.state(tableEntry(index)) != BatEntry.SB_BLOCK_PRESENT;
  }

  private void checkPlace(long block, String part, long offset, long used)
      throws CorruptImageException {
    if (offset < BatEntry.MIB || offset > fileSize - used) {
      throw corrupt(
          block,
          part
              + "lies outside the file: "
              + VhdxHead.hex(used)
              + " bytes at "
              + VhdxHead.hex(offset)
              + " of "
              + VhdxHead.hex(fileSize));
    }
    for (RegionTable.Region region : head.reserved()) {
      if (region.meets(offset, offset + used)) {
        throw corrupt(block, part + "lies in the image's own metadata, at " + VhdxHead.hex(offset));
      }
    }
  }

  private CorruptImageException corrupt(long block, String what) {
    long position = head.bat().offset() + layout.entryOf(block) * BatEntry.LENGTH;
    return head.corrupt(
        "block " + block + " (table entry at " + VhdxHead.hex(position) + ") " + what);
  }

  /** The first block after {@code block} that is not absent; at most the one after {@code last}. */
  long endOfAbsent(long block, long last) throws IOException {
    long next = block + 1;
    long ask = next + ENTRIES_BEFORE_HOLES;
    while (next <= last && BatEntry.state(entryAt(next)) == BatEntry.PAYLOAD_BLOCK_NOT_PRESENT) {
      next++;
      if (next >= ask && next <= last) {
        next = Math.min(endOfHole(next), last + 1);
        ask = next + ENTRIES_BEFORE_HOLES;
      }
    }
    return next;
  }

  /** The first block from {@code block} on whose entry is not in a hole of the file. */
  private long endOfHole(long block) throws IOException {
    long start = head.bat().offset();
    Run run =
        head.storage()
            .runAt(start + layout.entryOf(block) * BatEntry.LENGTH, start + table.length());
    if (!run.hole()) {
      return block;
    }
    long entry = (run.end() - start) / BatEntry.LENGTH;
    return entry - entry / (layout.chunkRatio() + 1);
  }

  private long endOfZeros(long block, long last) throws IOException {
    long next = block + 1;
    while (next <= last && kindOf(next, entryAt(next)) == Kind.ZERO) {
      next++;
    }
    return next;
  }

  /** Goes on into the blocks that follow in the file as they do on the disk. */
  private Extent data(long offset, long limit, long block, long payload) throws IOException {
    long host = payload + offset % blockSize;
    long end = Math.min(limit, (block + 1) * blockSize);
    for (long next = block + 1; end < limit; next++) {
      long entry = entryAt(next);
      long expected = payload + (next - block) * blockSize;
      if (entry != BatEntry.of(BatEntry.PAYLOAD_BLOCK_FULLY_PRESENT, expected)) {
        break;
      }
      payloadOffset(next, entry);
      end = Math.min(limit, (next + 1) * blockSize);
    }
    return stored(offset, end - offset, host);
  }

  /** In a fixed disk, holes of the file are zeros too. */
  Extent stored(long offset, long length, long host) throws IOException {
    Storage storage =
        head.storage() instanceof ReplayedStorage replayed
            ? replayed.holding(host, length)
            : head.storage();
    if (layout.leaveAllocated()) {
      Run run = storage.runAt(host, host + length);
      return run.hole()
          ? new Extent.Zero(offset, run.length(), host)
          : new Extent.Data(offset, run.length(), storage, host);
    }
    return new Extent.Data(offset, length, storage, host);
  }

  private Extent partial(long offset, long limit, long block, long payload) throws IOException {
    long bitmap = bitmapOffset(block);
    if (bitmap == NOWHERE) {
      throw corrupt(block, "is partially present, but its sector bitmap is not");
    }
    long start = block * blockSize;
    long within = offset - start;
    int end = (int) (Math.min(limit, start + blockSize) - start);
    SectorBitmaps.Run run = runAt(block, bitmap, (int) within, end);
    return run.present()
        ? stored(offset, run.end() - within, payload + within)
        : new Extent.Absent(offset, run.end() - within);
  }
}
