package dev.platter.convert;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.OptionalLong;

/** A source cut into segments, in guest order. Workers claim them, any thread at any time. */
interface Segments {
  /**
   * The next segment.
   *
   * @param buffer takes the bytes of a source that can be read only once; see {@link #needsBuffer}
   * @return null when all are claimed
   */
  Segment claim(MemorySegment buffer) throws IOException;

  /** Whether workers must bring a buffer as large as a segment. */
  boolean needsBuffer();

  /** The size of the disk; empty as long as its end has not been seen. */
  OptionalLong size();
}
