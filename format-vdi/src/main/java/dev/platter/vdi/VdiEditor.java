package dev.platter.vdi;

import dev.platter.image.BlockMap;
import dev.platter.image.CheckReport;
import dev.platter.image.Fault;
import dev.platter.image.IllegalOptionException;
import dev.platter.image.ImageInfo;
import dev.platter.image.Repair;
import dev.platter.image.RepairReport;
import dev.platter.image.disk.GuestReader;
import dev.platter.image.spi.EditRequest;
import dev.platter.image.spi.ImageEditor;
import dev.platter.image.spi.ParentLink;
import dev.platter.image.spi.ResizeRequest;
import dev.platter.image.support.StoredBlocks;
import dev.platter.image.support.TableEditor;
import dev.platter.image.support.Undo;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * Changes a VDI in place. The blocks of a sound image are the first ones of its file, without gaps,
 * because QEMU and VirtualBox put the next block behind as many as the header counts. So whatever
 * leaves gaps is followed by {@link BlockPacker}, and until that is done the header counts no fewer
 * blocks than there are.
 */
final class VdiEditor implements ImageEditor {
  private static final long LARGEST_OFFSET = 0xFFFF_FFFFL;
  private static final long COPIED_AT_ONCE = 1 << 20;

  private final WritableStorage storage;
  private final EditRequest request;
  private VdiHead head;

  VdiEditor(WritableStorage storage, EditRequest request) throws IOException {
    this.storage = storage;
    this.request = request;
    this.head = VdiHead.read(storage, request.limits());
  }

  @Override
  public ImageInfo info() {
    return new VdiImage(head).info();
  }

  @Override
  public Optional<IOException> resize(ResizeRequest wanted) throws IOException {
    wanted.preallocation().requireOff();
    long size = Math.ceilDiv(wanted.size(), VdiFormat.SECTOR_SIZE) * VdiFormat.SECTOR_SIZE;
    long blocks = Math.ceilDiv(size, head.header().blockSize());
    boolean tooLarge = size < 0 || size > request.limits().maxVirtualSize();
    if (tooLarge || blocks > request.limits().maxTableBytes() / Integer.BYTES) {
      throw new IllegalOptionException(
          "A block size of "
              + head.header().blockSize()
              + " bytes is too small for a disk of this size");
    }
    requireSound();
    if (size > head.size()) {
      grow(size, blocks, wanted.parent());
    } else if (size < head.size()) {
      return shrink(size, blocks);
    }
    return Optional.empty();
  }

  private Optional<IOException> shrink(long size, long blocks) throws IOException {
    VdiHeader before = head.header();
    VdiHeader after = before.withDisk(size, blocks);
    Undo.ifFails(
        () -> write(after.withModification(request.identity().uuid("vdi modification"))),
        () -> write(before));
    return Undo.orLeak(this::pack);
  }

  private void grow(long size, long blocks, Optional<BlockMap> parent) throws IOException {
    room(blocks); // refuses before anything is changed
    VdiHeader before = head.header();
    boolean takes = parent.isPresent() && showsBehindTheDisk(parent.get());
    Undo.ifFails(
        () -> {
          if (takes) {
            takeFromParent(parent.get());
          }
          grow(size, blocks, room(blocks));
        },
        () -> goBack(before, takes));
  }

  /**
   * The header that there was counts again, and all blocks that the file may have until then.
   *
   * @param gives whether the last block is to be the parent's again
   */
  private void goBack(VdiHeader before, boolean gives) throws IOException {
    long stored = Math.ceilDiv(storage.size() - before.dataOffset(), head.blockStride());
    write(before.withAllocated(Math.max(before.blocksAllocated(), stored)));
    if (gives) {
      long last = head.blocks() - 1;
      new TableEditor(storage, before.tableOffset()).fill(last, last + 1, BlockTable.FREE);
    }
    packAnew();
    if (!head.header().equals(before)) {
      write(before);
    }
  }

  private BlockMapRoom room(long blocks) throws IOException {
    VdiHeader header = head.header();
    BlockMapRoom room =
        header.tableOffset() + blocks * Integer.BYTES <= header.dataOffset()
            ? new BlockMapRoom(header.tableOffset(), header.dataOffset(), 0)
            : BlockMapRoom.of(head, blocks);
    if (room.dataOffset() > LARGEST_OFFSET) {
      throw new IllegalOptionException("The block map has no room for a disk of this size");
    }
    return room;
  }

  private void grow(long size, long blocks, BlockMapRoom room) throws IOException {
    VdiHeader header = head.header();
    long allocated = header.blocksAllocated();
    clearTail();
    if (room.tableOffset() != header.tableOffset()) {
      if (room.blocks() > 0 && allocated > 0) {
        write(header.withAllocated(room.countWhileMoving(allocated)));
        room.clear(storage, head, allocated);
      }
      room.writeTable(storage, head);
    }
    long added = addBlocks(room, blocks, allocated);
    write(
        header
            .withOffsets(room.tableOffset(), room.dataOffset())
            .withDisk(size, blocks)
            .withAllocated(allocated + added)
            .withModification(request.identity().uuid("vdi modification")));
  }

  /** Makes what the last block has beyond the end of the disk read as zeros. */
  private void clearTail() throws IOException {
    long used = head.size() % head.header().blockSize();
    if (used == 0) {
      return;
    }
    int entry = new BlockTable(head).entryAt(head.blocks() - 1);
    if (BlockTable.isAllocated(entry)) {
      storage.zero(head.dataOffset(entry, used) + used, head.header().blockSize() - used);
    }
  }

  /** Whether the last block is the parent's, which has bytes behind the end of the disk. */
  private boolean showsBehindTheDisk(BlockMap parent) throws IOException {
    return head.size() % head.header().blockSize() != 0
        && head.hasParent()
        && parent.size() > head.size()
        && new BlockTable(head).entryAt(head.blocks() - 1) == BlockTable.FREE;
  }

  /**
   * Gives the last block a place, with what the parent has there up to the end of the disk and
   * zeros behind that. It is counted before it is pointed to, so that nothing worse is left than a
   * block that belongs to nothing. The next header is written after a sync.
   */
  private void takeFromParent(BlockMap parent) throws IOException {
    long block = head.blocks() - 1;
    long blockSize = head.header().blockSize();
    long start = block * blockSize;
    long number = head.header().blocksAllocated();
    long end = head.header().dataOffset() + (number + 1) * head.blockStride();
    storage.truncate(Math.max(storage.size(), end));
    write(head.header().withAllocated(number + 1));
    long place = head.dataOffset((int) number, blockSize);
    try (GuestReader reader = new GuestReader()) {
      for (long done = 0; done < head.size() - start; done += COPIED_AT_ONCE) {
        long count = Math.min(COPIED_AT_ONCE, head.size() - start - done);
        MemorySegment bytes = MemorySegment.ofArray(new byte[(int) count]);
        reader.read(parent, start + done, bytes);
        storage.write(place + done, bytes);
      }
    }
    storage.zero(place + head.size() - start, start + blockSize - head.size());
    storage.sync();
    new TableEditor(storage, head.header().tableOffset()).fill(block, block + 1, (int) number);
  }

  /**
   * Sets the entries of the blocks that are new. Those of a static image are zeros in the file.
   *
   * @return how many the file has more
   */
  private long addBlocks(BlockMapRoom room, long blocks, long allocated) throws IOException {
    long first = head.blocks();
    boolean isStatic = head.header().imageType() == VdiHeader.STATIC;
    long added = isStatic ? blocks - first : 0;
    long stride = head.blockStride();
    if (isStatic) {
      storage.zero(room.dataOffset() + allocated * stride, added * stride);
    }
    long end = room.dataOffset() + (allocated + added) * stride;
    if (storage.size() < end) {
      storage.truncate(end);
    }
    TableEditor table = new TableEditor(storage, room.tableOffset());
    table.fill(first, blocks, head.hasParent() ? BlockTable.ZERO : BlockTable.FREE);
    if (isStatic) {
      table.update(
          blocks, (block, entry) -> (int) (block < first ? entry : allocated + block - first));
    }
    return added;
  }

  @Override
  public RepairReport repair(Repair extent) throws IOException {
    CheckReport found = check();
    if (found.corruptions() == 0 && found.leaks() > 0) {
      requireDataInFile();
      pack();
      return RepairReport.between(found, check());
    }
    if (extent == Repair.LEAKS || found.corruptions() == 0) {
      return new RepairReport(found, 0, 0, found);
    }
    requireDataInFile();
    write(head.header().withModification(request.identity().uuid("vdi modification")));
    pack();
    return RepairReport.between(found, check());
  }

  @Override
  public long compact() throws IOException {
    if (head.header().imageType() == VdiHeader.STATIC) {
      throw Fault.in("vdi", head.name())
          .unsupported("a static image has a place for every block, zeros too");
    }
    requireSound();
    long before = storage.allocatedSize();
    Undo.ifFails(this::freeZeros, this::packAnew);
    return Math.max(0, before - storage.allocatedSize());
  }

  private void freeZeros() throws IOException {
    int none = head.hasParent() ? BlockTable.ZERO : BlockTable.FREE;
    long blockSize = head.header().blockSize();
    try (StoredBlocks stored = new StoredBlocks(storage)) {
      new TableEditor(storage, head.header().tableOffset())
          .update(
              head.blocks(),
              (block, entry) -> {
                long length = Math.min(blockSize, head.size() - block * blockSize);
                return BlockTable.isAllocated(entry)
                        && stored.isZero(head.dataOffset(entry, length), length)
                    ? none
                    : entry;
              });
    }
    pack();
  }

  /** What has broken off is in no other state than one in which blocks are lost. */
  private void packAnew() throws IOException {
    head = VdiHead.read(storage, request.limits());
    new TableEditor(storage, head.header().tableOffset()).rewrite(head.blocks());
    pack();
  }

  private void pack() throws IOException {
    long count = new BlockPacker(storage, head).pack();
    if (count != head.header().blocksAllocated()) {
      write(head.header().withAllocated(count));
    }
    long end = head.header().dataOffset() + count * head.blockStride();
    if (storage.size() != end) {
      storage.truncate(end);
      storage.sync();
    }
    head = VdiHead.read(storage, request.limits());
  }

  @Override
  public Optional<ParentLink> parentLink() {
    return Optional.of(new VdiParentLink(this));
  }

  VdiHead head() {
    return head;
  }

  /** No block of the disk is in the file any more. */
  void freeAll() throws IOException {
    requireSound();
    Undo.ifFails(
        () -> {
          new TableEditor(storage, head.header().tableOffset())
              .fill(0, head.blocks(), BlockTable.FREE);
          storage.sync();
          pack();
        },
        this::packAnew);
  }

  private CheckReport check() throws IOException {
    return new BlockMapCheck(head).run();
  }

  private void requireSound() throws IOException {
    CheckReport found = check();
    if (found.corruptions() > 0) {
      throw head.corrupt(
          "the block map has "
              + found.corruptions()
              + " faults, which are to be repaired first (check -r all)");
    }
    if (found.leaks() > 0) {
      requireDataInFile();
      pack();
    }
  }

  /** Packing would else make the file as long as the header says, or lose all blocks. */
  private void requireDataInFile() throws IOException {
    boolean empty = head.fileSize() == head.header().dataOffset();
    if (!empty && head.dataOffset(0, 1) < 0) {
      throw head.corrupt(
          "the file ends before the first block's data begins, at "
              + VdiHead.hex(head.header().dataOffset() + head.header().blockExtra())
              + ": it cannot be repaired");
    }
  }

  /** The sector that the header stands in is written as a whole, once all before is there. */
  void write(VdiHeader header) throws IOException {
    storage.sync();
    MemorySegment sector = MemorySegment.ofArray(new byte[VdiHeader.LENGTH]);
    long length = storage.read(0, sector);
    header.writeTo(sector);
    storage.write(0, sector.asSlice(0, length));
    storage.sync();
    head = VdiHead.read(storage, request.limits());
  }

  @Override
  public void close() {}
}
