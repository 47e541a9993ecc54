package dev.platter.codec;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Off-heap room for the bytes of heap segments, which native code cannot be given. Grows, and is
 * kept for the next block.
 */
final class Scratch {
  private MemorySegment room = MemorySegment.NULL;

  /** The segment itself when it is off-heap, else a copy of it. */
  MemorySegment copyOf(MemorySegment segment) {
    return segment.isNative() ? segment : roomFor(segment).copyFrom(segment);
  }

  /** The segment itself when it is off-heap, else room of its size. */
  MemorySegment roomFor(MemorySegment segment) {
    if (segment.isNative()) {
      return segment;
    }
    if (room.byteSize() < segment.byteSize()) {
      room = Arena.ofAuto().allocate(segment.byteSize(), 8);
    }
    return room.asSlice(0, segment.byteSize());
  }
}
