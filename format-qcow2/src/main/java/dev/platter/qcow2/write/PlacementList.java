package dev.platter.qcow2.write;

import dev.platter.image.spi.Piece;
import dev.platter.image.spi.Placement;
import dev.platter.storage.WritableStorage;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The placements of one chunk in the making; parts of one piece that stay neighbours on the host
 * become one placement.
 */
final class PlacementList implements PlacementSink {
  private final List<Placement> placements = new ArrayList<>();
  private final Optional<NewEncryption> encryption;

  /**
   * The last part of a piece of data: not among the placements before it is known how far it
   * reaches.
   */
  private Piece piece;

  private WritableStorage storage;
  private long from;
  private long length;
  private long hostOffset;

  /**
   * @param encryption of the data
   */
  PlacementList(Optional<NewEncryption> encryption) {
    this.encryption = encryption;
  }

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
    Placement plain = piece.slice(from, length).placed(storage, hostOffset);
    placements.add(encryption.isPresent() ? encryption.get().encrypted(plain, from) : plain);
    piece = null;
  }
}
