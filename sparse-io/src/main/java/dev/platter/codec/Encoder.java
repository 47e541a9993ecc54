package dev.platter.codec;

import java.io.Closeable;
import java.lang.foreign.MemorySegment;

/**
 * Compresses one block at a time. One encoder belongs to one thread; both segments belong to the
 * caller.
 */
public interface Encoder extends Closeable {
  /** Compression did not fit into the target. */
  int DOES_NOT_FIT = -1;

  /**
   * Compresses all of {@code source} into the front of {@code target}.
   *
   * @return the length of the stream in bytes, or {@link #DOES_NOT_FIT} when {@code target} is too
   *     small for it
   */
  int encode(MemorySegment source, MemorySegment target);

  /** Gives native state back. */
  @Override
  void close();
}
