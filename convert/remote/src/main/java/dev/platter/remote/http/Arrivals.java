package dev.platter.remote.http;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/** Sees the bytes of a file as they come, in any order, some of them more than once. */
@FunctionalInterface
public interface Arrivals {
  /** Sees nothing. */
  Arrivals UNSEEN = (offset, bytes) -> {};

  /**
   * Bytes have come; nobody else has them yet. Called by any thread.
   *
   * @param bytes the caller's, until this returns
   * @throws HttpException if they are not what they should be
   */
  void arrived(long offset, MemorySegment bytes) throws IOException;
}
