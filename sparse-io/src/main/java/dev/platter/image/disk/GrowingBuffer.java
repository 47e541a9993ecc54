package dev.platter.image.disk;

import dev.platter.image.Sizes;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Memory for one thing at a time, of whatever size it is: as much as the largest of them took, and
 * no more.
 */
final class GrowingBuffer implements AutoCloseable {
  private static final int PAGE = 4096;

  private Arena arena;
  private MemorySegment room = MemorySegment.NULL;

  /** Its first {@code length} bytes; what was handed out before is invalid if that was shorter. */
  MemorySegment of(long length) {
    if (room.byteSize() < length) {
      close();
      arena = Arena.ofShared();
      room = arena.allocate(Sizes.roundUp(length, PAGE), PAGE);
    }
    return room.asSlice(0, length);
  }

  @Override
  public void close() {
    if (arena != null) {
      arena.close();
      arena = null;
      room = MemorySegment.NULL;
    }
  }
}
