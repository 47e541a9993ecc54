package dev.platter.vdi;

import dev.platter.image.BlockMap;
import dev.platter.image.Extent;
import dev.platter.image.Repair;
import dev.platter.image.spi.Allocation;
import dev.platter.image.spi.EditRequest;
import dev.platter.image.spi.LiveImage;
import dev.platter.storage.Barrier;
import dev.platter.storage.WritableStorage;
import dev.platter.storage.WritableTable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.TreeSet;

/**
 * A VDI in use. New blocks go behind all others, and the header counts them before the block map
 * points to them: between the two, QEMU's and our check find that it counts too many, and nobody
 * loses a block by it. Opening the image live again puts the count right. A block that was given
 * its place keeps it, since the blocks of a sound image have no gaps; zeros in it are a hole of the
 * file.
 */
final class LiveVdi implements LiveImage {
  /** As much of changed tables as is kept before it is written though nobody asked. */
  private static final long MOST_CHANGED = 8 << 20;

  private static final long LARGEST_NUMBER = 0xFFFF_FFFDL;

  private final WritableStorage storage;
  private final EditRequest request;
  private final VdiHead head;
  private final LiveBlockTable table;
  private final BlockMap map;
  private final Barrier barrier;
  private final long blockSize;

  /** From where on the file reads as zeros unless a block was put there. */
  private final long zerosFrom;

  /** Blocks of the file that were handed out and given back. */
  private final TreeSet<Long> free = new TreeSet<>();

  /** How many blocks of the file were handed out, those that are free again too. */
  private long used;

  private VdiHeader header;
  private volatile boolean modified;
  private final Object flushing = new Object();

  private LiveVdi(WritableStorage storage, EditRequest request, VdiHead head) throws IOException {
    this.storage = storage;
    this.request = request;
    this.head = head.growing();
    this.header = head.header();
    this.table = new LiveBlockTable(head, storage);
    this.map = new VdiMap(this.head, table);
    this.barrier = new Barrier(List.of(storage));
    this.blockSize = header.blockSize();
    this.used = header.blocksAllocated();
    this.zerosFrom = storage.readsZeroWhereUnwritten() ? storage.size() : Long.MAX_VALUE;
  }

  static LiveVdi open(WritableStorage storage, EditRequest request) throws IOException {
    VdiHead head = VdiHead.read(storage, request.limits());
    BlockMapCheck check = new BlockMapCheck(head);
    long faults = check.run().corruptions();
    if (check.onlyMiscounts()) {
      new VdiEditor(storage, request).repair(Repair.ALL);
      return new LiveVdi(storage, request, VdiHead.read(storage, request.limits()));
    }
    if (faults > 0) {
      throw head.corrupt(
          "the block map has " + faults + " faults, which are to be repaired first (check -r all)");
    }
    return new LiveVdi(storage, request, head);
  }

  /**
   * New blocks of the file, one after the other, or zeros.
   *
   * @param block the first block of the disk
   * @param number the first block of the file, or {@link #NO_NUMBER}
   */
  private record Blocks(
      long offset, long length, List<Place> places, long block, long count, long number)
      implements Allocation {
    static final long NO_NUMBER = -1;
  }

  @Override
  public long size() {
    return head.size();
  }

  @Override
  public int blockSize() {
    return (int) blockSize;
  }

  @Override
  public BlockMap map() {
    return map;
  }

  @Override
  public Extent placeAt(long offset, long limit) throws IOException {
    beginToModify();
    Extent extent = map.extentAt(offset, limit);
    return extent instanceof Extent.Data
        ? extent
        : new Extent.Absent(extent.offset(), extent.length());
  }

  @Override
  public Allocation allocate(long offset, long wanted, Use use) throws IOException {
    beginToModify();
    if (table.entries().changedBytes() > MOST_CHANGED) {
      flush();
    }
    Extent extent = map.extentAt(offset, offset + wanted);
    if (extent instanceof Extent.Data data) {
      return Allocation.Settled.at(data, storage);
    }
    long block = offset / blockSize;
    long end = extent.end() == head.size() ? head.blocks() : extent.end() / blockSize;
    boolean whole = offset % blockSize == 0 && end > block;
    if (use != Use.DATA && whole) {
      long length = Math.min(end * blockSize, head.size()) - offset;
      return new Blocks(offset, length, List.of(), block, end - block, Blocks.NO_NUMBER);
    }
    if (use == Use.DISCARD) {
      return Allocation.Settled.asItIs(
          offset, Math.min(extent.end(), (block + 1) * blockSize) - offset);
    }
    return newBlocks(block, whole ? end - block : 1);
  }

  private synchronized Allocation newBlocks(long block, long wanted) throws IOException {
    long count = free.isEmpty() ? wanted : 1;
    long number = free.isEmpty() ? used : free.first();
    long host = head.header().dataOffset() + number * head.blockStride();
    if (head.header().blockExtra() > 0) {
      count = 1;
    }
    if (number + count > LARGEST_NUMBER) {
      throw new IOException("vdi " + head.name() + ": there are no numbers left for new blocks");
    }
    boolean zeros = host >= zerosFrom && free.isEmpty();
    long extra = head.header().blockExtra();
    if (storage.size() < host + count * head.blockStride()) {
      storage.truncate(host + count * head.blockStride());
    }
    if (!zeros && extra > 0) {
      storage.zero(host, extra);
    }
    if (!free.remove(number)) {
      used = number + count;
    }
    Allocation.Place place =
        new Allocation.Place(
            block * blockSize,
            count * blockSize,
            storage,
            host + extra,
            zeros ? Allocation.Content.ZEROS : Allocation.Content.ANYTHING);
    return new Blocks(place.offset(), place.length(), List.of(place), block, count, number);
  }

  @Override
  public synchronized void commit(Allocation done) throws IOException {
    if (done instanceof Blocks blocks) {
      WritableTable entries = table.entries();
      if (blocks.number() == Blocks.NO_NUMBER) {
        entries.fill(
            blocks.block(),
            blocks.block() + blocks.count(),
            head.hasParent() ? BlockTable.ZERO : BlockTable.FREE);
      } else {
        long end = blocks.block() + blocks.count();
        entries.fillRising(blocks.block(), end, blocks.number(), 1);
      }
    }
  }

  @Override
  public synchronized void abandon(Allocation undone) {
    if (undone instanceof Blocks blocks && blocks.number() != Blocks.NO_NUMBER) {
      for (long i = 0; i < blocks.count(); i++) {
        free.add(blocks.number() + i);
      }
    }
  }

  @Override
  public void flush() throws IOException {
    synchronized (flushing) {
      VdiHeader counted;
      WritableTable.Changes changes;
      synchronized (this) {
        changes = table.entries().take();
        counted = header.withAllocated(used);
      }
      try (changes) {
        if (!changes.isEmpty()) {
          write(counted);
        }
        barrier.pass();
        if (!changes.isEmpty()) {
          changes.write();
          barrier.pass();
        }
      }
    }
  }

  /** Those who have noted the image as their parent are to see that it has changed. */
  private void beginToModify() throws IOException {
    if (!modified) {
      synchronized (flushing) {
        if (!modified) {
          if (request.content() == EditRequest.Content.CHANGES) {
            write(header.withModification(request.identity().uuid("vdi modification")));
            barrier.pass();
          }
          modified = true;
        }
      }
    }
  }

  /** The sector that the header stands in is written as a whole, unless it is there already. */
  private void write(VdiHeader wanted) throws IOException {
    if (!wanted.equals(header)) {
      MemorySegment sector = MemorySegment.ofArray(new byte[VdiHeader.LENGTH]);
      long length = storage.read(0, sector);
      wanted.writeTo(sector);
      storage.write(0, sector.asSlice(0, length));
      header = wanted;
    }
  }

  /** Blocks that were given back in between would be gaps. */
  @Override
  public void close() throws IOException {
    flush();
    if (!free.isEmpty() || used != header.blocksAllocated()) {
      new VdiEditor(storage, request).repair(Repair.ALL);
    }
  }
}
