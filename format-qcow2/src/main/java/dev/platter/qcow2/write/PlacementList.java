package dev.platter.qcow2.write;

import dev.platter.image.spi.Piece;
import dev.platter.image.spi.Placement;
import dev.platter.storage.WritableStorage;
import java.util.ArrayList;
import java.util.List;

/**
 * The placements of one chunk in the making; parts of one piece that stay neighbours on the host
 * become one placement.
 */
final class PlacementList implements PlacementSink {
  private final List<Placement> placements = new ArrayList<>();

  /**
   * The last part of a piece of data: not among the placements before it is known how far it
   * reaches.
   */
  private Piece piece;

  private WritableStorage storage;
  private long from;
  private long length;
  private long hostOffset;

  @Override
  public void add(Placement placement) {
    placements.add(placement);
  }

  /**
   * Adds a part of a {@link Piece.Bytes} or {@link Piece.Stored}.
   *
   * @param offset the guest offset where the part begins
   */
  void addData(WritableStorage to, long hostTarget, Piece data, long offset, long count) {
    if (piece == data
        && storage == to
        && from + length == offset
        && hostOffset + length == hostTarget) {
      length += count;
      return;
    }
    flush();
    piece = data;
    storage = to;
    from = offset;
    length = count;
    hostOffset = hostTarget;
  }

  /** All placements. */
  List<Placement> finish() {
    flush();
    return placements;
  }

  private void flush() {
    if (piece == null) {
      return;
    }
    placements.add(piece.slice(from, length).placed(storage, hostOffset));
    piece = null;
  }
}
