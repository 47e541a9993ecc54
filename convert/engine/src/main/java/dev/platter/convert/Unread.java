package dev.platter.convert;

import dev.platter.image.Extent;
import dev.platter.image.spi.Piece;
import java.io.IOException;

/** Which data of a source are passed on without all of them being read. */
interface Unread {
  // Classes, no lambdas: a cache of classes holds no lambda of an interface that has code of its
  // own.

  /** All are read. */
  Unread NONE = new Nothing();

  /** What is stored as the guest sees it is copied by the system. */
  Unread STORED = new Copied();

  /**
   * What stands for a range that is not read, or for its beginning, in whole units.
   *
   * @param data the first data in it, or of all of its units
   * @return null if all of it is read
   */
  Piece pieceOf(Extent data, long start, long end) throws IOException;

  /** Whether data are read, by this process or the system. */
  default boolean reads(Extent data) {
    return true;
  }

  /** See {@link #NONE}. */
  record Nothing() implements Unread {
    @Override
    public Piece pieceOf(Extent data, long start, long end) {
      return null;
    }
  }

  /** See {@link #STORED}. */
  record Copied() implements Unread {
    @Override
    public Piece pieceOf(Extent data, long start, long end) {
      return data instanceof Extent.Data stored && stored.offset() <= start && end <= stored.end()
          ? new Piece.Stored(
              start, end - start, stored.storage(), stored.hostOffset() + start - stored.offset())
          : null;
    }
  }
}
