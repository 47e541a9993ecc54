package dev.platter.image;

import dev.platter.storage.WritableStorage;
import java.util.List;

/** Puts guest bytes where a new image stores them as they are. */
public final class Payload {
  private Payload() {}

  /**
   * Adds the placement of one piece. What is absent within a block that is stored is zeros.
   *
   * @param zerosNeedNoWriting whether the storage reads as zeros where nothing was written
   */
  public static void place(
      Piece piece,
      WritableStorage storage,
      long hostOffset,
      boolean zerosNeedNoWriting,
      List<Placement> placements) {
    switch (piece) {
      case Piece.Bytes bytes ->
          placements.add(new Placement.Write(storage, hostOffset, bytes.bytes()));
      case Piece.Stored stored ->
          placements.add(
              new Placement.Copy(
                  storage, hostOffset, stored.storage(), stored.hostOffset(), stored.length()));
      case Piece.Zero _, Piece.Absent _ -> {
        if (!zerosNeedNoWriting) {
          placements.add(new Placement.Zero(storage, hostOffset, piece.length()));
        }
      }
      case Piece.Encoded _ -> throw new IllegalStateException("the format holds no encoded block");
    }
  }

  /** The part of a piece from {@code offset} on. */
  public static Piece slice(Piece piece, long offset, long length) {
    long skip = offset - piece.offset();
    return switch (piece) {
      case Piece.Bytes bytes -> new Piece.Bytes(offset, bytes.bytes().asSlice(skip, length));
      case Piece.Stored stored ->
          new Piece.Stored(offset, length, stored.storage(), stored.hostOffset() + skip);
      case Piece.Zero _ -> new Piece.Zero(offset, length);
      case Piece.Absent _ -> new Piece.Absent(offset, length);
      case Piece.Encoded _ -> throw new IllegalStateException("the format holds no encoded block");
    };
  }
}
