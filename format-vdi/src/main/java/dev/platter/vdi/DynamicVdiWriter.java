package dev.platter.vdi;

import dev.platter.image.spi.Chunk;
import dev.platter.image.spi.ImageWriter;
import dev.platter.image.spi.Piece;
import dev.platter.image.spi.Placement;
import dev.platter.image.support.NewBlockTable;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/** Writes a dynamic or differencing image: the blocks that hold anything, in guest order. */
final class DynamicVdiWriter implements ImageWriter {
  /** How many blocks of zeros are entered at a time, where they must be. */
  private static final long ZEROS_AT_ONCE = 1 << 18;

  private final NewDisk disk;
  private final WritableStorage storage;
  private final int blockSize;
  private final boolean differencing;
  private final boolean zerosNeedNoWriting;
  private final NewBlockTable table;
  private long allocated;

  DynamicVdiWriter(NewDisk disk) {
    this.disk = disk;
    this.storage = disk.storage();
    this.blockSize = disk.blockSize();
    this.differencing = disk.header().imageType() == VdiHeader.DIFFERENCING;
    this.zerosNeedNoWriting = storage.readsZeroWhereUnwritten();
    this.table = disk.newTable();
  }

  @Override
  public int blockSize() {
    return blockSize;
  }

  @Override
  public int granularity() {
    return blockSize;
  }

  @Override
  public boolean sparseData() {
    return true;
  }

  @Override
  public OptionalLong fullLength() {
    return OptionalLong.of(disk.header().dataOffset() + disk.header().blocks() * blockSize);
  }

  @Override
  public long longestZeros() {
    return differencing ? ZEROS_AT_ONCE * blockSize : Long.MAX_VALUE;
  }

  @Override
  public List<Placement> reserve(Chunk chunk) {
    List<Placement> placements = new ArrayList<>();
    List<Piece> block = new ArrayList<>();
    for (Piece piece : chunk.pieces()) {
      for (long at = piece.offset(); at < piece.end(); ) {
        long blockEnd = at / blockSize * blockSize + blockSize;
        long end = Math.min(piece.end(), blockEnd);
        if (block.isEmpty() && isFree(piece)) {
          // Whole blocks of nothing take one step, however many they are.
          end = Math.max(end, piece.end() / blockSize * blockSize);
        }
        block.add(piece.slice(at, end - at));
        if (end >= blockEnd) {
          place(block, placements);
          block.clear();
        }
        at = end;
      }
    }
    if (!block.isEmpty()) {
      place(block, placements);
    }
    return placements;
  }

  /** Whether a block all of which is this needs no entry. */
  private boolean isFree(Piece piece) {
    return piece instanceof Piece.Absent || (piece instanceof Piece.Zero && !differencing);
  }

  private void place(List<Piece> pieces, List<Placement> placements) {
    long start = pieces.getFirst().offset();
    long number = start / blockSize;
    if (pieces.stream().allMatch(this::isFree)) {
      return;
    }
    if (pieces.stream().allMatch(Piece.Zero.class::isInstance)) {
      table.set(number, BlockTable.ZERO, placements);
      return;
    }
    long host = disk.header().dataOffset() + allocated * blockSize;
    table.set(number, (int) allocated, placements);
    allocated++;
    for (Piece piece : pieces) {
      long at = host + (piece.offset() - start);
      piece.place(storage, at, zerosNeedNoWriting, placements);
    }
    long rest = start + blockSize - pieces.getLast().end();
    if (rest > 0 && !zerosNeedNoWriting) {
      placements.add(new Placement.Zero(storage, host + blockSize - rest, rest));
    }
  }

  @Override
  public void finish() throws IOException {
    table.finish();
    storage.truncate(disk.header().dataOffset() + allocated * blockSize);
    storage.write(0, disk.header().withAllocated(allocated).toBytes());
  }

  @Override
  public void close() {}
}
