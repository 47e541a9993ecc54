package dev.platter.vhd.blocks;

import dev.platter.image.spi.Chunk;
import dev.platter.image.spi.Piece;
import java.io.IOException;
import java.util.function.Predicate;

/** Cuts a chunk at the ends of blocks. */
public final class BlockPieces {
  /**
   * What a chunk for a block of this size is made of, at most, bytes: blocks are so large that
   * workers should not have to hold a whole one in memory.
   */
  private static final int LARGEST_UNIT = 1 << 20;

  private BlockPieces() {}

  /** Takes a part of one block, or a quiet piece of one or several whole blocks. */
  @FunctionalInterface
  public interface Taker {
    void take(Piece piece) throws IOException;
  }

  /** The unit of the chunks from which blocks of this size are put together, bytes. */
  public static int unitOf(int blockSize) {
    return Math.min(blockSize, LARGEST_UNIT);
  }

  /**
   * Hands over the pieces of a chunk, none of which reaches from one block into the next.
   *
   * @param quiet whether blocks that are all of this piece need no place: such blocks, however
   *     many, are handed over at once
   */
  public static void split(Chunk chunk, long blockSize, Predicate<Piece> quiet, Taker taker)
      throws IOException {
    for (Piece piece : chunk.pieces()) {
      for (long at = piece.offset(); at < piece.end(); ) {
        long blockEnd = at / blockSize * blockSize + blockSize;
        long end = Math.min(piece.end(), blockEnd);
        if (at % blockSize == 0 && quiet.test(piece)) {
          end = Math.max(end, piece.end() / blockSize * blockSize);
        }
        taker.take(piece.slice(at, end - at));
        at = end;
      }
    }
  }
}
