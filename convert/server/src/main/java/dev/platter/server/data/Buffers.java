package dev.platter.server.data;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;

/**
 * Buffers outside of the heap, which the system writes to a socket without another copy. A few are
 * kept for the next ones who need one.
 */
final class Buffers {
  /** Small enough to be in the processor's cache when it is sent. */
  static final int SIZE = 256 << 10;

  private static final int KEPT = 16;

  private final ArrayDeque<MemorySegment> free = new ArrayDeque<>();

  synchronized MemorySegment take() {
    MemorySegment buffer = free.poll();
    return buffer == null ? Arena.ofAuto().allocate(SIZE, 4096) : buffer;
  }

  synchronized void give(MemorySegment buffer) {
    if (free.size() < KEPT) {
      free.push(buffer);
    }
  }
}
