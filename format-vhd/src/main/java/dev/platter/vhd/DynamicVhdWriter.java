package dev.platter.vhd;

import dev.platter.image.IllegalOptionException;
import dev.platter.image.Sizes;
import dev.platter.image.spi.Chunk;
import dev.platter.image.spi.CreateRequest;
import dev.platter.image.spi.ImageWriter;
import dev.platter.image.spi.Piece;
import dev.platter.image.spi.Placement;
import dev.platter.storage.WritableStorage;
import dev.platter.vhd.blocks.BlockPieces;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.UUID;

/**
 * Writes a dynamic or differencing disk: the blocks that hold anything, in guest order, each behind
 * its sector bitmap.
 */
final class DynamicVhdWriter implements ImageWriter {
  private static final int HEADER_OFFSET = VhdFooter.LENGTH;
  private static final int TABLE_OFFSET = HEADER_OFFSET + VhdHeader.LENGTH;
  static final int PAYLOAD_ALIGNMENT = 4096;

  /** How many blocks of zeros are stored at a time, where they must be. */
  private static final long ZEROS_AT_ONCE = 1 << 12;

  private static final long MAX_TABLE_BYTES = 256L << 20;

  private final WritableStorage storage;
  private final VhdFooter footer;
  private final VhdHeader header;
  private final ParentNames parent;
  private final long size;
  private final int blockSize;
  private final int bitmapSize;
  private final boolean zerosNeedNoWriting;
  private final TableWindow table;
  private final long dataStart;
  private long dataEnd;
  private OpenBlock open;
  private long reached;

  /**
   * The block that is being filled; guest order leaves at most one.
   *
   * @param start its guest offset
   * @param payload where its bytes go, behind its bitmap
   */
  private record OpenBlock(long start, long payload, byte[] bits) {}

  private DynamicVhdWriter(
      CreateRequest request, NewDisk disk, int blockSize, ParentNames parent, long entries) {
    this.storage = request.target().storage();
    this.parent = parent;
    this.size = disk.size();
    this.blockSize = blockSize;
    this.bitmapSize = DynamicMap.bitmapSize(blockSize);
    this.zerosNeedNoWriting = storage.readsZeroWhereUnwritten();
    this.table = new TableWindow(storage, TABLE_OFFSET, entries);
    long locators = TABLE_OFFSET + TableWindow.length(entries);
    this.dataStart = locators + (parent == null ? 0 : parent.length());
    this.dataEnd = dataStart;
    this.footer =
        disk.footer(
            request, parent == null ? VhdFooter.DYNAMIC : VhdFooter.DIFFERENCING, HEADER_OFFSET);
    this.header =
        new VhdHeader(
            TABLE_OFFSET,
            VhdHeader.VERSION,
            (int) entries,
            blockSize,
            parent == null ? new UUID(0, 0) : parent.footer().uniqueId(),
            parent == null ? 0 : parent.footer().timestamp(),
            parent == null ? "" : parent.fileName(),
            parent == null ? List.of() : parent.entries(locators));
  }

  static DynamicVhdWriter begin(CreateRequest request, NewDisk disk, VhdOptions options)
      throws IOException {
    if (request.target().sequential()) {
      throw new IllegalOptionException(
          "A dynamic VHD has its table in front of its data and cannot go to a pipe");
    }
    ParentNames parent =
        request.backing().isPresent()
            ? ParentNames.of(request.backing().get(), request.parent(), disk.size())
            : null;
    long entries = Math.ceilDiv(disk.size(), options.blockSize());
    if (entries * Integer.BYTES > MAX_TABLE_BYTES) {
      throw new IllegalOptionException(
          "A block size of " + options.blockSize() + " bytes is too small for a disk of this size");
    }
    return new DynamicVhdWriter(request, disk, options.blockSize(), parent, entries);
  }

  @Override
  public int blockSize() {
    return BlockPieces.unitOf(blockSize);
  }

  @Override
  public int granularity() {
    return VhdFormat.SECTOR_SIZE;
  }

  /** A block is in the file altogether, or not at all, unless its parent shows through. */
  @Override
  public int zeroUnit() {
    return parent == null ? blockSize() : granularity();
  }

  @Override
  public boolean sparseData() {
    return true;
  }

  @Override
  public OptionalLong fullLength() {
    long blocks = Math.ceilDiv(size, blockSize);
    if (blocks == 0) {
      return OptionalLong.of(dataStart + VhdFooter.LENGTH);
    }
    long first = payloadBehind(dataStart);
    long each = payloadBehind(first + blockSize) - first;
    return OptionalLong.of(first + (blocks - 1) * each + blockSize + VhdFooter.LENGTH);
  }

  @Override
  public long longestZeros() {
    return parent == null ? Long.MAX_VALUE : ZEROS_AT_ONCE * blockSize;
  }

  @Override
  public List<Placement> reserve(Chunk chunk) throws IOException {
    List<Placement> placements = new ArrayList<>();
    BlockPieces.split(chunk, blockSize, this::isQuiet, piece -> take(piece, placements));
    reached = chunk.offset() + chunk.length();
    return placements;
  }

  /** Whether a block all of which is this needs no place in the file. */
  private boolean isQuiet(Piece piece) {
    return piece instanceof Piece.Absent || (piece instanceof Piece.Zero && parent == null);
  }

  private void take(Piece piece, List<Placement> placements) throws IOException {
    if (open == null) {
      if (isQuiet(piece)) {
        table.advance(piece.offset() / blockSize, placements);
        return;
      }
      open = open(piece.offset(), placements);
    }
    if (isStored(piece)) {
      int from = (int) (piece.offset() - open.start());
      int end = (int) (piece.end() - open.start());
      piece.place(storage, open.payload() + from, zerosNeedNoWriting, placements);
      SectorBitmaps.set(
          open.bits(), from / VhdFormat.SECTOR_SIZE, Math.ceilDiv(end, VhdFormat.SECTOR_SIZE));
    }
    if (piece.end() == open.start() + blockSize) {
      placements.add(bitmapOf(open));
      open = null;
    }
  }

  /**
   * Whether a piece is in the file when its block is: a dynamic disk's block is there altogether, a
   * differencing one's as far as it is not absent.
   */
  private boolean isStored(Piece piece) {
    return parent == null || !(piece instanceof Piece.Absent);
  }

  /** Gives a place to the block in which the first piece that is not quiet begins here. */
  private OpenBlock open(long offset, List<Placement> placements) throws IOException {
    long block = offset / blockSize;
    long payload = payloadBehind(dataEnd);
    long bitmap = payload - bitmapSize;
    if (bitmap / VhdFormat.SECTOR_SIZE >= Integer.toUnsignedLong(DynamicMap.UNALLOCATED)) {
      throw new IllegalOptionException("The image file is too large for file format 'vpc'");
    }
    dataEnd = payload + blockSize;
    table.set(block, (int) (bitmap / VhdFormat.SECTOR_SIZE), placements);
    byte[] bits = new byte[bitmapSize];
    long passed = offset % blockSize;
    if (parent == null) {
      SectorBitmaps.set(bits, 0, blockSize / VhdFormat.SECTOR_SIZE);
      if (passed > 0 && !zerosNeedNoWriting) {
        placements.add(new Placement.Zero(storage, payload, passed));
      }
    }
    return new OpenBlock(offset - passed, payload, bits);
  }

  /** Where the bytes of a block go that begins at the end of all others, its bitmap before them. */
  private long payloadBehind(long end) {
    return Sizes.roundUp(end + bitmapSize, PAYLOAD_ALIGNMENT);
  }

  private Placement.Write bitmapOf(OpenBlock block) {
    return new Placement.Write(
        storage, block.payload() - bitmapSize, MemorySegment.ofArray(block.bits()));
  }

  @Override
  public void finish() throws IOException {
    List<Placement> rest = new ArrayList<>();
    if (open != null) {
      rest.add(bitmapOf(open));
      if (!zerosNeedNoWriting) {
        long lacking = open.start() + blockSize - reached;
        storage.zero(open.payload() + blockSize - lacking, lacking);
      }
    }
    table.finish(rest);
    for (Placement placement : rest) {
      Placement.Write write = (Placement.Write) placement;
      storage.write(write.hostOffset(), write.bytes());
    }
    if (parent != null) {
      parent.writeTo(storage, TABLE_OFFSET + TableWindow.length(Math.ceilDiv(size, blockSize)));
    }
    MemorySegment sector = MemorySegment.ofArray(new byte[VhdFooter.LENGTH]);
    footer.writeTo(sector);
    storage.write(dataEnd, sector);
    storage.truncate(dataEnd + VhdFooter.LENGTH);
    MemorySegment bytes = MemorySegment.ofArray(new byte[VhdHeader.LENGTH]);
    header.writeTo(bytes);
    storage.write(HEADER_OFFSET, bytes);
    storage.write(0, sector);
  }

  @Override
  public void close() {}
}
