package dev.platter.vmdk.write;

import dev.platter.image.spi.Piece;
import dev.platter.image.spi.Placement;
import java.io.IOException;
import java.util.List;

/** A part of a new disk, in one file. */
interface ExtentWriter {
  /**
   * Hands out places for the part of a chunk that lies in this extent.
   *
   * @param pieces in ascending order, without gaps
   */
  void reserve(List<Piece> pieces, List<Placement> placements) throws IOException;

  /** Completes the file, its header last. */
  void finish() throws IOException;
}
