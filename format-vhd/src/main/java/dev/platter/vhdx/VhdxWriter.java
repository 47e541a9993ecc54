package dev.platter.vhdx;

import dev.platter.image.BlockEncoder;
import dev.platter.image.Chunk;
import dev.platter.image.CreateRequest;
import dev.platter.image.IllegalOptionException;
import dev.platter.image.ImageWriter;
import dev.platter.image.Piece;
import dev.platter.image.Placement;
import dev.platter.storage.WritableStorage;
import dev.platter.vhd.blocks.BlockPieces;
import dev.platter.vhd.blocks.Payload;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Writes a VHDX: blocks in guest order, the table between them, all metadata once, at the end. The
 * log of a new file is empty.
 */
final class VhdxWriter implements ImageWriter {
  private static final long NO_BITMAP = -1;

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
      throw new IllegalOptionException("Compression not supported for this file format");
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
    return blockSize;
  }

  @Override
  public int granularity() {
    return layout.logicalSectorSize();
  }

  @Override
  public boolean sparseData() {
    return true;
  }

  @Override
  public Optional<BlockEncoder> newEncoder() {
    return Optional.empty();
  }

  @Override
  public List<Placement> reserve(Chunk chunk) throws IOException {
    List<Placement> placements = new ArrayList<>();
    BlockPieces.split(chunk, blockSize, this::isQuiet, pieces -> place(pieces, placements));
    return placements;
  }

  /** Whether blocks that are all of this need no place in the file. */
  private boolean isQuiet(Piece piece) {
    return !layout.leaveAllocated()
        && (piece instanceof Piece.Zero || piece instanceof Piece.Absent);
  }

  private void place(List<Piece> pieces, List<Placement> placements) {
    Piece first = pieces.getFirst();
    Piece last = pieces.getLast();
    boolean anyAbsent = pieces.stream().anyMatch(Piece.Absent.class::isInstance);
    boolean allAbsent = pieces.stream().allMatch(Piece.Absent.class::isInstance);
    boolean quiet = pieces.stream().allMatch(this::isQuiet);
    if (quiet && (allAbsent || !anyAbsent || !layout.hasParent())) {
      long lastBlock = (last.end() - 1) / blockSize;
      for (long block = first.offset() / blockSize; block <= lastBlock; block++) {
        setEntry(block, quietState(allAbsent), placements);
      }
      return;
    }
    long block = first.offset() / blockSize;
    boolean partial = layout.hasParent() && anyAbsent;
    long payload = end;
    end += blockSize;
    int state =
        partial ? BatEntry.PAYLOAD_BLOCK_PARTIALLY_PRESENT : BatEntry.PAYLOAD_BLOCK_FULLY_PRESENT;
    setEntry(block, BatEntry.of(state, payload), placements);
    if (partial) {
      placeBits(block, pieces, placements);
    }
    long start = block * blockSize;
    for (Piece piece : pieces) {
      if (!(partial && piece instanceof Piece.Absent)) {
        Payload.place(
            piece, storage, payload + (piece.offset() - start), zerosNeedNoWriting, placements);
      }
    }
    long rest = start + blockSize - last.end();
    if (rest > 0 && !zerosNeedNoWriting) {
      placements.add(new Placement.Zero(storage, payload + blockSize - rest, rest));
    }
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

  /** Says which sectors of a partial block are in the file. */
  private void placeBits(long block, List<Piece> pieces, List<Placement> placements) {
    if (bitmapOffset == NO_BITMAP) {
      bitmapEntry = layout.bitmapEntryOf(block);
      bitmapOffset = end;
      end += BatEntry.MIB;
    }
    byte[] bits = new byte[layout.sectorsPerBlock() / Byte.SIZE];
    long start = block * blockSize;
    for (Piece piece : pieces) {
      if (!(piece instanceof Piece.Absent)) {
        int from = (int) (piece.offset() - start) / layout.logicalSectorSize();
        int to = (int) Math.ceilDiv(piece.end() - start, layout.logicalSectorSize());
        SectorBitmaps.set(bits, from, to);
      }
    }
    placements.add(
        new Placement.Write(
            storage, bitmapOffset + layout.bitsOffset(block), MemorySegment.ofArray(bits)));
  }

  @Override
  public void finish() throws IOException {
    List<Placement> rest = new ArrayList<>();
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
