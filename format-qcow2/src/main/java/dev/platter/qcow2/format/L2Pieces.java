package dev.platter.qcow2.format;

import java.io.IOException;

/** The L2 tables of an image, a piece at a time, for any number of threads. */
public interface L2Pieces {
  /** Bytes of one piece, a power of two that is no more than a cluster. */
  public int pieceBytes();

  /**
   * The words of one piece; not to be changed.
   *
   * @param hostOffset where it begins, a multiple of {@link #pieceBytes()}; the caller has made
   *     sure that it ends inside the file
   */
  public long[] pieceAt(long hostOffset) throws IOException;
}
