package dev.platter.convert;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/** Sees the bytes of a disk pass by in a conversion, in order. */
@FunctionalInterface
interface Tap {
  /** Sees nothing. */
  Tap NONE = (offset, bytes) -> {};

  /**
   * Takes the bytes from {@code offset} on, which lies behind all that came before; what was left
   * out in between is zeros.
   *
   * @param bytes good until this returns
   */
  void take(long offset, MemorySegment bytes) throws IOException;
}
