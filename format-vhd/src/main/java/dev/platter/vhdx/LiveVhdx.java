package dev.platter.vhdx;

import dev.platter.image.BlockMap;
import dev.platter.image.Extent;
import dev.platter.image.Sizes;
import dev.platter.image.spi.Allocation;
import dev.platter.image.spi.EditRequest;
import dev.platter.storage.WritableStorage;
import dev.platter.storage.WritableTable;
import dev.platter.vhd.blocks.FreeSpace;
import dev.platter.vhd.blocks.LiveBlocks;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * A VHDX in use. The guest's bytes come first, then an entry of the log that says what has changed
 * in the table and the sector bitmaps, then these. Over a parent a new block is partially present:
 * its bitmap tells of the sectors that were written.
 */
final class LiveVhdx extends LiveBlocks {
  private final WritableStorage storage;
  private final DiskLayout layout;
  private final Headers headers;
  private final LiveLog log;
  private final LiveVhdxMap map;
  private final int blockSize;

  /** From where on the file reads as zeros unless a block was put there. */
  private final long zerosFrom;

  /** Whether a guest, or an image above, can see that the disk is written to. */
  private final boolean dataChanges;

  private final Object beginning = new Object();
  private volatile boolean modified;

  private LiveVhdx(
      WritableStorage storage,
      VhdxHead head,
      LiveLog log,
      LiveVhdxMap map,
      EditRequest.Content content)
      throws IOException {
    super(
        storage,
        new Tables(map.table(), map.bits()),
        new VhdxSpace(head, map).free(),
        head.layout().blockSize());
    this.storage = storage;
    this.layout = head.layout();
    this.log = log;
    this.headers = log.headers();
    this.map = map;
    this.blockSize = layout.blockSize();
    this.dataChanges = content == EditRequest.Content.CHANGES;
    this.zerosFrom = storage.readsZeroWhereUnwritten() ? storage.size() : Long.MAX_VALUE;
  }

  static LiveVhdx open(WritableStorage storage, EditRequest request) throws IOException {
    VhdxHead head = VhdxEditor.soundHead(storage, request);
    LiveLog log = new LiveLog(storage, Headers.read(storage, request.identity()), head.bat());
    return new LiveVhdx(storage, head, log, new LiveVhdxMap(head, storage, log), request.content());
  }

  /**
   * A new block of the file, or more sectors of one that is there.
   *
   * @param host where the payload of the block begins
   * @param state of a new block; {@link BatEntry#PAYLOAD_BLOCK_NOT_PRESENT}: it is there
   */
  private record Stored(
      long offset, long length, List<Place> places, long block, long host, int state)
      implements Allocation {
    boolean isNew() {
      return state != BatEntry.PAYLOAD_BLOCK_NOT_PRESENT;
    }
  }

  /** Blocks of one chunk that become zeros. */
  private record Freed(long offset, long length, List<Place> places, long block, long count)
      implements Allocation {}

  @Override
  public long size() {
    return layout.size();
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
    beginToModify();
    return map.placeAt(offset, limit);
  }

  /** Those who have noted the image as their parent are to see that it has changed. */
  private void beginToModify() throws IOException {
    if (!modified) {
      synchronized (beginning) {
        if (!modified) {
          headers.beginToModify(dataChanges);
          modified = true;
        }
      }
    }
  }

  @Override
  public Allocation allocate(long offset, long wanted, Use use) throws IOException {
    beginToModify();
    flushWhereMuchHasChanged();
    synchronized (this) {
      long limit = offset + wanted;
      long block = offset / blockSize;
      long end = limit == layout.size() ? layout.blocks() : limit / blockSize;
      boolean whole = offset % blockSize == 0 && end > block;
      if (use != Use.DATA && whole && !layout.leaveAllocated()) {
        end = Math.min(end, (block / layout.chunkRatio() + 1) * layout.chunkRatio());
        long length = Math.min(end * blockSize, layout.size()) - offset;
        return new Freed(offset, length, List.of(), block, end - block);
      }
      Extent place = map.placeAt(offset, limit);
      if (place instanceof Extent.Data data) {
        return Allocation.Settled.at(data, storage);
      }
      boolean stays =
          use == Use.DISCARD
              || use == Use.ZERO && map.extentAt(offset, place.end()) instanceof Extent.Zero;
      return stays ? Allocation.Settled.asItIs(offset, place.length()) : data(block, place, whole);
    }
  }

  /** A place for bytes that have none. */
  private Allocation data(long block, Extent bytes, boolean whole) throws IOException {
    long payload = map.payloadOffset(block);
    if (payload != VhdxMap.NOWHERE) {
      return sectors(
          block, bytes, payload, BatEntry.PAYLOAD_BLOCK_NOT_PRESENT, Allocation.Content.ANYTHING);
    }
    boolean partial =
        layout.hasParent()
            && !whole
            && BatEntry.state(map.entryAt(block)) == BatEntry.PAYLOAD_BLOCK_NOT_PRESENT;
    if (partial) {
      needBitmap(block);
    }
    long end = space().nextAtEnd();
    long host = take(blockSize);
    Allocation.Content content = content(host, end);
    if (partial) {
      return sectors(block, bytes, host, BatEntry.PAYLOAD_BLOCK_PARTIALLY_PRESENT, content);
    }
    Allocation.Place place =
        new Allocation.Place(block * blockSize, blockSize, storage, host, content);
    return new Stored(
        place.offset(),
        blockSize,
        List.of(place),
        block,
        host,
        BatEntry.PAYLOAD_BLOCK_FULLY_PRESENT);
  }

  private Stored sectors(
      long block, Extent bytes, long host, int state, Allocation.Content content) {
    long from = Sizes.roundDown(bytes.offset(), layout.logicalSectorSize());
    long end = Sizes.roundUp(bytes.end(), layout.logicalSectorSize());
    Allocation.Place place =
        new Allocation.Place(from, end - from, storage, host + from % blockSize, content);
    return new Stored(from, end - from, List.of(place), block, host, state);
  }

  /**
   * @param end where everything ended that was in use before
   */
  private Allocation.Content content(long host, long end) {
    return host >= Math.max(end, zerosFrom)
        ? Allocation.Content.ZEROS
        : Allocation.Content.ANYTHING;
  }

  private long take(long length) throws IOException {
    long place = space().takeGap(length);
    if (place != FreeSpace.NOWHERE) {
      return place;
    }
    long next = space().nextAtEnd();
    if (storage.size() < next + length) {
      storage.truncate(next + length);
    }
    return space().takeEnd(length);
  }

  /** Makes sure that there is a sector bitmap block for a block's chunk. */
  private void needBitmap(long block) throws IOException {
    if (map.bitmapOffset(block) != VhdxMap.NOWHERE) {
      return;
    }
    long end = space().nextAtEnd();
    long place = take(BatEntry.MIB);
    try {
      if (content(place, end) != Allocation.Content.ZEROS) {
        storage.zero(place, BatEntry.MIB);
      }
      map.table().set(layout.bitmapEntryOf(block), BatEntry.of(BatEntry.SB_BLOCK_PRESENT, place));
    } catch (IOException e) {
      space().free(place, place + BatEntry.MIB);
      throw e;
    }
  }

  @Override
  public synchronized void commit(Allocation done) throws IOException {
    if (done instanceof Freed freed) {
      commit(freed);
    } else if (done instanceof Stored stored) {
      long block = stored.block();
      if (stored.state() != BatEntry.PAYLOAD_BLOCK_FULLY_PRESENT) {
        commitSectors(stored);
      }
      if (stored.isNew()) {
        map.table().set(layout.entryOf(block), BatEntry.of(stored.state(), stored.host()));
      }
    }
  }

  private void commitSectors(Stored stored) throws IOException {
    long block = stored.block();
    long bits = map.bitmapOffset(block) + layout.bitsOffset(block);
    if (stored.isNew()) {
      map.bits().clear(bits, layout.sectorsPerBlock() / Byte.SIZE);
    }
    int first = (int) (stored.offset() % blockSize / layout.logicalSectorSize());
    int count = (int) (stored.length() / layout.logicalSectorSize());
    map.bits().set(bits, first, first + count);
  }

  private void commit(Freed freed) throws IOException {
    List<Long> places = new ArrayList<>();
    for (long block = freed.block(); block < freed.block() + freed.count(); block++) {
      long place = map.payloadOffset(block);
      if (place != VhdxMap.NOWHERE) {
        places.add(place);
      }
    }
    long first = layout.entryOf(freed.block());
    map.table().fill(first, first + freed.count(), BatEntry.PAYLOAD_BLOCK_ZERO);
    giveUp(places);
  }

  @Override
  public synchronized void abandon(Allocation undone) {
    if (undone instanceof Stored stored && stored.isNew()) {
      giveBack(stored.host());
    }
  }

  @Override
  protected void write(WritableTable.Changes bits, WritableTable.Changes entries)
      throws IOException {
    bits.write();
    entries.write();
    log.commit();
  }

  /** No log counts any more, and the file ends with its last block. */
  @Override
  public void close() throws IOException {
    flush();
    if (modified) {
      log.end();
      if (space().end() < storage.size()) {
        storage.truncate(space().end());
        headers.barrier().pass();
      }
    }
  }
}
