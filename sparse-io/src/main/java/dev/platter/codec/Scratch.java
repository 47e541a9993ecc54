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
    return segment.isNative() ? segment : allocate(segment.byteSize());
  }

  /** Room of that size, with anything in it. */
  MemorySegment allocate(long size) {
    if (room.byteSize() < size) {
      room = Arena.ofAuto().allocate(size, 8);
    }
    return room.asSlice(0, size);
  }
}
