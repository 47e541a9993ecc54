package dev.platter.vhdx;

import dev.platter.image.Preallocation;
import dev.platter.image.Sizes;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Makes a disk larger. All that is new is written where nothing points to yet; then one transaction
 * says how large the disk is and, if the table had to move, where it is.
 */
final class VhdxGrowth {
  private static final int ENTRIES_AT_ONCE = 1 << 13;

  private final WritableStorage storage;
  private final VhdxHead head;
  private final VhdxMap map;
  private final DiskLayout before;
  private final long parentSize;
  private final Transaction transaction;
  private final Map<Long, Long> changedEntries = new LinkedHashMap<>();
  private long end;
  private boolean moved;

  /**
   * @param head of the disk as it is, which is sound
   * @param parentSize how far the image below reaches
   */
  VhdxGrowth(WritableStorage storage, Headers headers, VhdxHead head, long parentSize)
      throws IOException {
    this.storage = storage;
    this.head = head;
    this.map = new VhdxMap(head);
    this.before = head.layout();
    this.parentSize = parentSize;
    this.transaction = new Transaction(storage, headers, true);
  }

  void run(long size, Preallocation preallocation) throws IOException {
    DiskLayout after = before.resized(size);
    long used = VhdxSpace.endOf(new VhdxSpace(head, map).used());
    end = Sizes.roundUp(Math.max(used, storage.size()), BatEntry.MIB);
    coverBehindTheDisk();
    long table = head.bat().offset();
    moved = after.entries() > head.bat().length() / BatEntry.LENGTH;
    if (moved) {
      table = take(Sizes.roundUp(after.entries() * BatEntry.LENGTH, BatEntry.MIB));
      copyTable(table);
      putRegions(table, end - table);
    }
    putNewEntries(table, after, preallocation);
    if (storage.size() < end) {
      storage.truncate(end);
    }
    transaction.putLong(head.sizePosition(), size);
    for (Map.Entry<Long, Long> entry : changedEntries.entrySet()) {
      transaction.putLong(table + entry.getKey() * BatEntry.LENGTH, entry.getValue());
    }
    transaction.commit();
  }

  /** Takes away the table that was, where the disk has another one now. */
  void giveBack() throws IOException {
    if (moved) {
      storage.zero(head.bat().offset(), head.bat().length());
      storage.sync();
    }
  }

  /** Takes room behind the end of the file; it reads as zeros. */
  private long take(long length) throws IOException {
    long offset = end;
    end += length;
    if (!storage.readsZeroWhereUnwritten()) {
      storage.zero(offset, length);
    }
    return offset;
  }

  /** What the last block holds behind the end of the disk becomes the guest's, and must be zero. */
  private void coverBehindTheDisk() throws IOException {
    long within = before.size() % before.blockSize();
    if (within == 0) {
      return;
    }
    long last = before.blocks() - 1;
    long payload = map.payloadOffset(last);
    int state = BatEntry.state(map.entryAt(last));
    if (payload != VhdxMap.NOWHERE) {
      storage.zero(payload + within, before.blockSize() - within);
    }
    boolean hides = state != BatEntry.PAYLOAD_BLOCK_NOT_PRESENT || parentSize <= before.size();
    if (state == BatEntry.PAYLOAD_BLOCK_PARTIALLY_PRESENT) {
      putBits(last, map.bitmapOffset(last), within, readBits(last));
    } else if (!hides) {
      coverParent(last, within);
    }
  }

  /** Gives a place to a block whose rest would show the parent. */
  private void coverParent(long block, long within) throws IOException {
    long payload = take(before.blockSize());
    long bitmap = map.bitmapOffset(block);
    if (bitmap == VhdxMap.NOWHERE) {
      bitmap = take(BatEntry.MIB);
      changedEntries.put(
          before.bitmapEntryOf(block), BatEntry.of(BatEntry.SB_BLOCK_PRESENT, bitmap));
    }
    putBits(block, bitmap, within, new byte[before.sectorsPerBlock() / Byte.SIZE]);
    changedEntries.put(
        before.entryOf(block), BatEntry.of(BatEntry.PAYLOAD_BLOCK_PARTIALLY_PRESENT, payload));
  }

  private byte[] readBits(long block) throws IOException {
    byte[] bits = new byte[before.sectorsPerBlock() / Byte.SIZE];
    long offset = map.bitmapOffset(block) + before.bitsOffset(block);
    storage.readFully(offset, MemorySegment.ofArray(bits));
    return bits;
  }

  private void putBits(long block, long bitmap, long within, byte[] bits) throws IOException {
    SectorBitmaps.set(bits, (int) (within / before.logicalSectorSize()), before.sectorsPerBlock());
    storage.write(bitmap + before.bitsOffset(block), MemorySegment.ofArray(bits));
  }

  private void copyTable(long table) throws IOException {
    long length = before.entries() * BatEntry.LENGTH;
    for (long done = 0; done < length; done += ENTRIES_AT_ONCE * BatEntry.LENGTH) {
      int count = (int) Math.min(ENTRIES_AT_ONCE * BatEntry.LENGTH, length - done);
      MemorySegment part = MemorySegment.ofArray(new byte[count]);
      storage.readFully(head.bat().offset() + done, part);
      storage.write(table + done, part);
    }
  }

  private void putRegions(long table, long length) throws IOException {
    MemorySegment bytes = MemorySegment.ofArray(new byte[RegionTable.LENGTH]);
    storage.readFully(RegionTable.OFFSETS[0], bytes);
    List<RegionTable.Region> regions = new ArrayList<>();
    for (RegionTable.Region region : RegionTable.parse(bytes).regions()) {
      boolean isTable = region.id().equals(Guid.BAT_REGION);
      regions.add(
          isTable ? new RegionTable.Region(region.id(), table, length, region.required()) : region);
    }
    new RegionTable(regions).writeTo(bytes);
    for (long offset : RegionTable.OFFSETS) {
      transaction.put(offset, bytes);
    }
  }

  /** The entries of the blocks that are new, which no reader looks at yet. */
  private void putNewEntries(long table, DiskLayout after, Preallocation preallocation)
      throws IOException {
    StrayEntries.of(head).clear(storage);
    long first = before.blocks();
    if (after.leaveAllocated()) {
      long length = Math.multiplyExact(after.blocks() - first, (long) after.blockSize());
      long payload = take(length);
      switch (preallocation) {
        case FALLOC -> storage.allocate(payload, length);
        case FULL -> storage.fill(payload, length);
        case OFF, METADATA -> {}
      }
      putEntries(
          table,
          after,
          first,
          after.blocks(),
          BatEntry.of(BatEntry.PAYLOAD_BLOCK_FULLY_PRESENT, payload),
          after.blockSize());
    } else if (parentSize > before.size()) {
      long hidden = Math.min(after.blocks(), Math.ceilDiv(parentSize, after.blockSize()));
      putEntries(table, after, first, hidden, BatEntry.PAYLOAD_BLOCK_ZERO, 0);
    }
  }

  /**
   * Writes the entries of several blocks.
   *
   * @param entry of the first one; that of each other is larger by {@code step}
   */
  private void putEntries(long table, DiskLayout layout, long from, long to, long entry, long step)
      throws IOException {
    long next = entry;
    for (long block = from; block < to; ) {
      long first = layout.entryOf(block);
      MemorySegment window = MemorySegment.ofArray(new byte[ENTRIES_AT_ONCE * BatEntry.LENGTH]);
      // There may be an entry of a bitmap among them.
      storage.read(table + first * BatEntry.LENGTH, window);
      long count = 0;
      for (; block < to && layout.entryOf(block) - first < ENTRIES_AT_ONCE; block++) {
        count = layout.entryOf(block) - first + 1;
        window.set(Guid.LONG, (count - 1) * BatEntry.LENGTH, next);
        next += step;
      }
      storage.write(table + first * BatEntry.LENGTH, window.asSlice(0, count * BatEntry.LENGTH));
    }
  }
}
