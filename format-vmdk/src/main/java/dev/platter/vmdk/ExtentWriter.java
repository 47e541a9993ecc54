package dev.platter.vmdk;

import dev.platter.image.Piece;
import dev.platter.image.Placement;
import dev.platter.storage.WritableStorage;
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

  /** The part of a piece between two guest offsets. */
  static Piece slice(Piece piece, long from, long to) {
    if (from == piece.offset() && to == piece.end()) {
      return piece;
    }
    long skip = from - piece.offset();
    return switch (piece) {
      case Piece.Bytes bytes -> new Piece.Bytes(from, bytes.bytes().asSlice(skip, to - from));
      case Piece.Stored stored ->
          new Piece.Stored(from, to - from, stored.storage(), stored.hostOffset() + skip);
      case Piece.Zero _ -> new Piece.Zero(from, to - from);
      case Piece.Absent _ -> new Piece.Absent(from, to - from);
      case Piece.Encoded _ -> throw new IllegalStateException("an encoded block cannot be divided");
    };
  }

  /** Puts the bytes of a piece to a place of the file. */
  static Placement placed(Piece piece, WritableStorage storage, long hostOffset) {
    return switch (piece) {
      case Piece.Bytes bytes -> new Placement.Write(storage, hostOffset, bytes.bytes());
      case Piece.Stored stored ->
          new Placement.Copy(
              storage, hostOffset, stored.storage(), stored.hostOffset(), stored.length());
      case Piece.Zero _, Piece.Absent _ -> new Placement.Zero(storage, hostOffset, piece.length());
      case Piece.Encoded _ ->
          throw new IllegalStateException("this kind of disk holds no encoded block");
    };
  }
}
