package dev.platter.vhd;

import dev.platter.image.BlockMap;
import dev.platter.image.CheckReport;
import dev.platter.image.Extent;
import dev.platter.image.Fault;
import dev.platter.image.Limits;
import dev.platter.image.Sizes;
import dev.platter.image.spi.Allocation;
import dev.platter.storage.Barrier;
import dev.platter.storage.WritableStorage;
import dev.platter.storage.WritableTable;
import dev.platter.vhd.blocks.FreeSpace;
import dev.platter.vhd.blocks.LiveBlocks;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * A dynamic or differencing disk in use. Bytes come first, then the sector bitmaps, then the block
 * allocation table, with syncs between them. A block of a dynamic disk that is zeros loses its
 * place; a differencing disk cannot say zero, and its sectors stay.
 */
final class LiveDynamicDisk extends LiveBlocks {
  private static final long MAX_SECTOR = 0xFFFF_FFFEL;

  private final WritableStorage storage;
  private final VhdHead head;
  private final Batmap batmap;
  private final LiveDynamicMap map;
  private final Barrier barrier;
  private final LiveTail tail;
  private final int blockSize;
  private final int bitmapSize;

  /** From where on the file reads as zeros unless a block was put there. */
  private final long zerosFrom;

  /** Blocks of a dynamic disk whose bitmap is known to say that all sectors are there. */
  private final AtomicLongArray filled;

  /** How often the batmap was changed, and which of these changes the medium has. */
  private long batmapChanges;

  private long batmapWritten;
  private boolean modified;

  private LiveDynamicDisk(WritableStorage storage, VhdHead head, Batmap batmap, LiveDynamicMap map)
      throws IOException {
    super(
        storage,
        new Tables(map.table(), map.bits()),
        new DynamicSpace(head).free(BlockPlaces.of(map)),
        DynamicMap.bitmapSize(map.blockSize()) + (long) map.blockSize());
    this.storage = storage;
    this.head = head;
    this.batmap = batmap;
    this.map = map;
    this.barrier = new Barrier(List.of(storage));
    this.tail = new LiveTail(storage, barrier, head.payloadEnd());
    this.blockSize = map.blockSize();
    this.bitmapSize = DynamicMap.bitmapSize(blockSize);
    this.zerosFrom = storage.readsZeroWhereUnwritten() ? storage.size() : Long.MAX_VALUE;
    this.filled =
        new AtomicLongArray(
            head.isDifferencing() ? 0 : (int) Math.ceilDiv(head.blocks(), Long.SIZE));
  }

  /**
   * @param found of a disk that is not a fixed one
   */
  static LiveDynamicDisk open(WritableStorage storage, VhdHead found, Limits limits)
      throws IOException {
    CheckReport report = VhdCheck.of(found);
    if (report.corruptions() == 1 && found.lacksTail()) {
      // The power failed when the file grew.
      new VhdRepair(storage, limits).restoreTail();
      return of(storage, VhdHead.read(storage, limits));
    }
    report.requireSound(Fault.in("vpc", found.name()));
    return of(storage, found);
  }

  private static LiveDynamicDisk of(WritableStorage storage, VhdHead head) throws IOException {
    Batmap batmap = Batmap.read(head).orElse(null);
    return new LiveDynamicDisk(
        storage, head, batmap, new LiveDynamicMap(head.growing(), storage, batmap));
  }

  /** A new block of the file, or more sectors of one that is there. */
  private record Stored(
      long offset, long length, List<Place> places, long block, long bitmap, boolean fresh)
      implements Allocation {}

  /** Blocks that become zeros. */
  private record Freed(long offset, long length, List<Place> places, long block, long count)
      implements Allocation {}

  @Override
  public long size() {
    return head.size();
  }

  @Override
  public int blockSize() {
    return blockSize;
  }

  @Override
  public BlockMap map() {
    return map;
  }

  @Override
  public Extent placeAt(long offset, long limit) throws IOException {
    Extent extent = map.extentAt(offset, limit);
    if (extent instanceof Extent.Data) {
      fillBitmap(offset / blockSize);
      return extent;
    }
    return new Extent.Absent(extent.offset(), extent.length());
  }

  /** Some readers of dynamic disks look at the bitmaps of blocks that others made. */
  private void fillBitmap(long block) throws IOException {
    int word = (int) (block / Long.SIZE);
    if (!head.isDifferencing() && (filled.get(word) & 1L << block) == 0) {
      long bitmap = map.bitmapOffset(block, map.entryAt(block));
      MemorySegment full = fullBitmap();
      MemorySegment present = MemorySegment.ofArray(new byte[bitmapSize]);
      storage.readFully(bitmap, present);
      if (present.mismatch(full) >= 0) {
        storage.write(bitmap, full);
      }
      filled.accumulateAndGet(word, 1L << block, (bits, bit) -> bits | bit);
    }
  }

  private MemorySegment fullBitmap() {
    return MemorySegment.ofArray(new byte[bitmapSize]).fill((byte) 0xFF);
  }

  @Override
  public Allocation allocate(long offset, long wanted, Use use) throws IOException {
    flushWhereMuchHasChanged();
    synchronized (this) {
      modified = true;
      long limit = offset + wanted;
      long block = offset / blockSize;
      if (use != Use.DATA && !head.isDifferencing()) {
        long end = limit == head.size() ? head.blocks() : limit / blockSize;
        if (offset % blockSize == 0 && end > block) {
          long length = Math.min(end * blockSize, head.size()) - offset;
          return new Freed(offset, length, List.of(), block, end - block);
        }
      }
      Extent extent = map.extentAt(offset, limit);
      if (extent instanceof Extent.Data data && !(use == Use.DISCARD && head.isDifferencing())) {
        fillBitmap(block);
        return Allocation.Settled.at(data, storage);
      }
      if (use == Use.DISCARD || extent instanceof Extent.Zero && use == Use.ZERO) {
        return Allocation.Settled.asItIs(offset, extent.length());
      }
      int entry = map.entryAt(block);
      return entry == DynamicMap.UNALLOCATED
          ? newBlock(block, offset, limit)
          : sectors(
              block,
              map.bitmapOffset(block, entry),
              offset,
              extent.end(),
              Allocation.Content.ANYTHING,
              false);
    }
  }

  private Allocation newBlock(long block, long offset, long limit) throws IOException {
    long length = bitmapSize + (long) blockSize;
    long bitmap = space().takeGap(length);
    boolean zeros = false;
    if (bitmap == FreeSpace.NOWHERE) {
      long next = space().nextAtEnd();
      if (next / VhdFormat.SECTOR_SIZE > MAX_SECTOR) {
        throw new IOException(
            "vpc " + head.name() + ": there are no sector numbers left for new blocks");
      }
      long end = next + length;
      tail.reach(end, new DynamicSpace(head).placeFrom(end) + length - end);
      bitmap = space().takeEnd(length);
      zeros = bitmap + bitmapSize >= zerosFrom;
    }
    Allocation.Content content = zeros ? Allocation.Content.ZEROS : Allocation.Content.ANYTHING;
    if (head.isDifferencing()) {
      return sectors(
          block, bitmap, offset, Math.min(limit, (block + 1) * blockSize), content, true);
    }
    try {
      storage.write(bitmap, fullBitmap());
    } catch (IOException e) {
      giveBack(bitmap);
      throw e;
    }
    Allocation.Place place =
        new Allocation.Place(block * blockSize, blockSize, storage, bitmap + bitmapSize, content);
    return new Stored(place.offset(), place.length(), List.of(place), block, bitmap, true);
  }

  /** Sectors of one block, around the bytes that are to be written. */
  private Stored sectors(
      long block, long bitmap, long offset, long limit, Allocation.Content content, boolean fresh) {
    long from = Sizes.roundDown(offset, VhdFormat.SECTOR_SIZE);
    long end = Sizes.roundUp(limit, VhdFormat.SECTOR_SIZE);
    Allocation.Place place =
        new Allocation.Place(
            from, end - from, storage, bitmap + bitmapSize + from % blockSize, content);
    return new Stored(from, end - from, List.of(place), block, bitmap, fresh);
  }

  @Override
  public synchronized void commit(Allocation done) throws IOException {
    if (done instanceof Freed freed) {
      commit(freed);
    } else if (done instanceof Stored stored) {
      long block = stored.block();
      if (head.isDifferencing()) {
        commitSectors(stored);
      }
      if (stored.fresh()) {
        map.table().set(block, stored.bitmap() / VhdFormat.SECTOR_SIZE);
      }
    }
  }

  private void commitSectors(Stored stored) throws IOException {
    if (stored.fresh()) {
      map.bits().clear(stored.bitmap(), bitmapSize);
      clearInBatmap(stored.block());
    }
    int first = (int) (stored.offset() % blockSize / VhdFormat.SECTOR_SIZE);
    int count = (int) (stored.length() / VhdFormat.SECTOR_SIZE);
    map.bits().set(stored.bitmap(), first, first + count);
  }

  private void commit(Freed freed) throws IOException {
    long end = freed.block() + freed.count();
    List<Long> places = new ArrayList<>();
    for (long block = freed.block(); block < end; ) {
      int entry = map.entryAt(block);
      if (entry == DynamicMap.UNALLOCATED) {
        block = map.table().endOfEqual(block, end);
        continue;
      }
      places.add(map.bitmapOffset(block, entry));
      block++;
    }
    map.table().fill(freed.block(), end, Integer.toUnsignedLong(DynamicMap.UNALLOCATED));
    giveUp(places);
    for (long block = freed.block(); block < end && batmap != null; block++) {
      clearInBatmap(block);
    }
  }

  private void clearInBatmap(long block) {
    if (batmap != null && batmap.isFull(block)) {
      batmap.clear(block);
      batmapChanges++;
    }
  }

  @Override
  public synchronized void abandon(Allocation undone) {
    if (undone instanceof Stored stored && stored.fresh()) {
      giveBack(stored.bitmap());
    }
  }

  @Override
  protected void write(WritableTable.Changes bits, WritableTable.Changes entries)
      throws IOException {
    long written = writeBatmap();
    barrier.pass();
    if (!bits.isEmpty()) {
      bits.write();
      barrier.pass();
    }
    if (!entries.isEmpty()) {
      entries.write();
      barrier.pass();
    }
    synchronized (this) {
      batmapWritten = written;
    }
  }

  /**
   * Writes the batmap where it has changed. Sectors are only ever taken out of it, so that it may
   * be ahead of the tables.
   *
   * @return how many of its changes are in the file
   */
  private synchronized long writeBatmap() throws IOException {
    if (batmapWritten < batmapChanges) {
      batmap.writeTo(storage);
    }
    return batmapChanges;
  }

  /** The file ends with its last block again. */
  @Override
  public void close() throws IOException {
    flush();
    if (modified) {
      tail.trim(new DynamicSpace(head).usedEnd(BlockPlaces.of(map)));
    }
  }
}
