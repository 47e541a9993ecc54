package dev.platter.image.spi;

import dev.platter.storage.WritableStorage;
import java.util.ArrayList;
import java.util.List;

/**
 * A stretch of guest disk on its way into a new image: one or more whole units of {@link
 * ImageWriter#blockSize()} bytes (only the disk's end may cut the last one), as pieces in ascending
 * order without gaps. Pieces of different kinds meet only at multiples of the writer's {@link
 * ImageWriter#granularity()}.
 */
public record Chunk(long offset, long length, List<Piece> pieces) {
  public Chunk {
    pieces = List.copyOf(pieces);
    long at = offset;
    for (Piece piece : pieces) {
      if (piece.offset() != at || piece.length() < 1) {
        throw new IllegalArgumentException("piece at " + piece.offset() + ", expected at " + at);
      }
      at = piece.end();
    }
    if (at != offset + length) {
      throw new IllegalArgumentException("pieces end at " + at + ", expected " + (offset + length));
    }
  }

  /**
   * Where its bytes go in an image that holds the whole disk in guest order.
   *
   * @param hostOffset where the disk begins on the storage
   * @param zerosNeedNoWriting whether the storage reads as zeros where nothing was written
   */
  public List<Placement> placed(
      WritableStorage storage, long hostOffset, boolean zerosNeedNoWriting) {
    List<Placement> placements = new ArrayList<>(pieces.size());
    for (Piece piece : pieces) {
      piece.place(storage, hostOffset + piece.offset(), zerosNeedNoWriting, placements);
    }
    return placements;
  }
}
