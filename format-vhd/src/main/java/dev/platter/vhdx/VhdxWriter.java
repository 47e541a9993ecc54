package dev.platter.vhdx;

import dev.platter.image.IllegalOptionException;
import dev.platter.image.spi.Chunk;
import dev.platter.image.spi.CreateRequest;
import dev.platter.image.spi.ImageWriter;
import dev.platter.image.spi.Piece;
import dev.platter.image.spi.Placement;
import dev.platter.storage.WritableStorage;
import dev.platter.vhd.blocks.BlockPieces;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Writes a VHDX: blocks in guest order, the table between them, all metadata once, at the end. The
 * log of a new file is empty.
 */
final class VhdxWriter implements ImageWriter {
  private static final long NO_BITMAP = -1;

  /** How many blocks without data are entered at a time. */
  private static final long QUIET_AT_ONCE = 1 << 16;

  private final WritableStorage storage;
  private final NewHead head;
  private final DiskLayout layout;
  private final Optional<Boolean> stateZero;
  private final int blockSize;
  private final boolean zerosNeedNoWriting;
  private final TableWindow table;
  private long end;
  private long bitmapEntry;
  private long bitmapOffset = NO_BITMAP;
  private OpenBlock open;
  private long reached;

  private VhdxWriter(WritableStorage storage, NewHead head, VhdxOptions options) {
    this.storage = storage;
    this.head = head;
    this.layout = head.layout();
    this.stateZero = options.stateZero();
    this.blockSize = layout.blockSize();
    this.zerosNeedNoWriting = storage.readsZeroWhereUnwritten();
    this.table = new TableWindow(storage, head.tableOffset(), layout.entries(), zerosNeedNoWriting);
    this.end = head.payloadOffset();
  }

  static VhdxWriter begin(CreateRequest request) throws IOException {
    VhdxOptions options = VhdxOptions.of(request);
    if (request.compress()) {
      throw IllegalOptionException.noCompression();
    }
    if (options.fixed() && request.backing().isPresent()) {
      throw new IllegalOptionException("A fixed VHDX cannot have a backing file");
    }
    NewHead head = NewHead.of(request, options);
    if (request.target().sequential()) {
      throw new IllegalOptionException(
          "A VHDX has its table in front of its data and cannot go to a pipe");
    }
    return new VhdxWriter(request.target().storage(), head, options);
  }

  @Override
  public int blockSize() {
    return BlockPieces.unitOf(blockSize);
  }

  @Override
  public int granularity() {
    return layout.logicalSectorSize();
  }

  /** A block is in the file altogether, or not at all, unless its parent shows through. */
  @Override
  public int zeroUnit() {
    return layout.hasParent() ? granularity() : blockSize();
  }

  @Override
  public boolean sparseData() {
    return true;
  }

  @Override
  public OptionalLong fullLength() {
    return layout.hasParent()
        ? OptionalLong.empty()
        : OptionalLong.of(head.payloadOffset() + layout.blocks() * blockSize);
  }

  @Override
  public long longestZeros() {
    return QUIET_AT_ONCE * blockSize;
  }

  @Override
  public long longestAbsent() {
    return longestZeros();
  }

  @Override
  public List<Placement> reserve(Chunk chunk) throws IOException {
    List<Placement> placements = new ArrayList<>();
    BlockPieces.split(chunk, blockSize, this::isQuiet, piece -> take(piece, placements));
    reached = chunk.offset() + chunk.length();
    return placements;
  }

  /** Whether blocks that are all of this need no place in the file. */
  private boolean isQuiet(Piece piece) {
    return !layout.leaveAllocated()
        && (piece instanceof Piece.Zero || piece instanceof Piece.Absent);
  }

  private void take(Piece piece, List<Placement> placements) {
    long block = piece.offset() / blockSize;
    if (open == null) {
      long whole = isQuiet(piece) ? piece.length() / blockSize : 0;
      if (whole > 0) {
        for (long i = 0; i < whole; i++) {
          setEntry(block + i, quietState(piece instanceof Piece.Absent), placements);
        }
        return;
      }
      open = new OpenBlock(layout, block);
    }
    boolean passedAbsent = open.anyAbsent();
    open.pass(piece);
    if (!open.hasPlace() && (!isQuiet(piece) || open.isPartial())) {
      open.put(end);
      end += blockSize;
      long passed = piece.offset() - open.start();
      if (passed > 0 && !(layout.hasParent() && passedAbsent)) {
        place(new Piece.Zero(open.start(), passed), placements);
      }
    }
    if (open.hasPlace() && !(layout.hasParent() && piece instanceof Piece.Absent)) {
      place(piece, placements);
    }
    if (piece.end() == open.start() + blockSize) {
      leave(placements);
    }
  }

  private void place(Piece piece, List<Placement> placements) {
    piece.place(
        storage, open.payload() + (piece.offset() - open.start()), zerosNeedNoWriting, placements);
  }

  /** Sets down what the open block turned out to be. */
  private void leave(List<Placement> placements) {
    if (!open.hasPlace()) {
      setEntry(open.number(), quietState(!open.anyPresent()), placements);
    } else if (open.isPartial()) {
      setEntry(
          open.number(),
          BatEntry.of(BatEntry.PAYLOAD_BLOCK_PARTIALLY_PRESENT, open.payload()),
          placements);
      placeBits(placements);
    } else {
      setEntry(
          open.number(),
          BatEntry.of(BatEntry.PAYLOAD_BLOCK_FULLY_PRESENT, open.payload()),
          placements);
    }
    open = null;
  }

  /** The entry of a block that has no place in the file. */
  private int quietState(boolean absent) {
    boolean zero = layout.hasParent() ? !absent : stateZero.orElse(!absent);
    return zero ? BatEntry.PAYLOAD_BLOCK_ZERO : BatEntry.PAYLOAD_BLOCK_NOT_PRESENT;
  }

  private void setEntry(long block, long entry, List<Placement> placements) {
    if (bitmapOffset != NO_BITMAP && layout.bitmapEntryOf(block) != bitmapEntry) {
      setBitmapEntry(placements);
    }
    table.set(layout.entryOf(block), entry, placements);
  }

  /** Comes behind the entries of all blocks of its chunk. */
  private void setBitmapEntry(List<Placement> placements) {
    table.set(bitmapEntry, BatEntry.of(BatEntry.SB_BLOCK_PRESENT, bitmapOffset), placements);
    bitmapOffset = NO_BITMAP;
  }

  /** Says which sectors of the open, partial block are in the file. */
  private void placeBits(List<Placement> placements) {
    if (bitmapOffset == NO_BITMAP) {
      bitmapEntry = layout.bitmapEntryOf(open.number());
      bitmapOffset = end;
      end += BatEntry.MIB;
    }
    placements.add(
        new Placement.Write(storage, bitmapOffset + layout.bitsOffset(open.number()), open.bits()));
  }

  @Override
  public void finish() throws IOException {
    List<Placement> rest = new ArrayList<>();
    if (open != null) {
      long lacking = open.start() + blockSize - reached;
      if (open.hasPlace() && !zerosNeedNoWriting) {
        storage.zero(open.payload() + blockSize - lacking, lacking);
      }
      leave(rest);
    }
    if (bitmapOffset != NO_BITMAP) {
      setBitmapEntry(rest);
    }
    table.finish(rest);
    for (Placement placement : rest) {
      Placement.Write write = (Placement.Write) placement;
      storage.write(write.hostOffset(), write.bytes());
    }
    storage.truncate(end);
    head.writeTo(storage);
  }

  @Override
  public void close() {}
}
