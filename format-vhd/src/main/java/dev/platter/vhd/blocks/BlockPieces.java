package dev.platter.vhd.blocks;

import dev.platter.image.Chunk;
import dev.platter.image.Piece;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** Cuts a chunk into blocks. */
public final class BlockPieces {
  private BlockPieces() {}

  /** Takes the pieces of one block, or one quiet piece of several whole blocks. */
  @FunctionalInterface
  public interface Taker {
    /**
     * @param pieces in ascending order without gaps; the list is used again after the call
     */
    void take(List<Piece> pieces) throws IOException;
  }

  /**
   * Hands over the blocks of a chunk one after the other.
   *
   * @param quiet whether a block that is all of this piece needs no place: such blocks, however
   *     many, are handed over at once
   */
  public static void split(Chunk chunk, long blockSize, Predicate<Piece> quiet, Taker taker)
      throws IOException {
    List<Piece> block = new ArrayList<>();
    for (Piece piece : chunk.pieces()) {
      for (long at = piece.offset(); at < piece.end(); ) {
        long blockEnd = at / blockSize * blockSize + blockSize;
        long end = Math.min(piece.end(), blockEnd);
        if (block.isEmpty() && quiet.test(piece)) {
          end = Math.max(end, piece.end() / blockSize * blockSize);
        }
        block.add(Payload.slice(piece, at, end - at));
        if (end >= blockEnd) {
          taker.take(block);
          block.clear();
        }
        at = end;
      }
    }
    if (!block.isEmpty()) {
      taker.take(block);
    }
  }
}
