package dev.platter.toy;

import dev.platter.image.spi.Chunk;
import dev.platter.image.spi.ImageWriter;
import dev.platter.image.spi.Piece;
import dev.platter.image.spi.Placement;
import dev.platter.image.support.NewBlockTable;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** Gives each block that holds anything the next place in the file. */
final class ToyWriter implements ImageWriter {
  private final ToyHeader header;
  private final WritableStorage storage;
  private final NewBlockTable table;
  private int used;

  ToyWriter(ToyHeader header, WritableStorage storage) {
    this.header = header;
    this.storage = storage;
    this.table = new NewBlockTable(storage, ToyHeader.LENGTH, header.blocks(), (byte) 0);
  }

  @Override
  public int blockSize() {
    return ToyHeader.BLOCK;
  }

  @Override
  public int granularity() {
    return ToyHeader.BLOCK;
  }

  @Override
  public List<Placement> reserve(Chunk chunk) {
    List<Placement> placements = new ArrayList<>();
    for (Piece piece : chunk.pieces()) {
      if (!piece.isData()) {
        continue; // the table says zeros already
      }
      for (long at = piece.offset(); at < piece.end(); at += ToyHeader.BLOCK) {
        used++;
        table.set(at / ToyHeader.BLOCK, used, placements);
        Piece block = piece.slice(at, Math.min(ToyHeader.BLOCK, piece.end() - at));
        placements.add(block.placed(storage, header.hostOffset(used)));
      }
    }
    return placements;
  }

  @Override
  public void finish() throws IOException {
    table.finish();
    storage.truncate(header.hostOffset(used + 1));
    MemorySegment bytes = MemorySegment.ofArray(new byte[ToyHeader.LENGTH]);
    header.writeTo(bytes);
    storage.write(0, bytes);
  }

  @Override
  public void close() {}
}
