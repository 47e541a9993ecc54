package dev.platter.image.disk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

class GrowingBufferTest {
  @Test
  void takesAsMuchAsItsLargestUseAndNoMore() {
    MemorySegment large;
    try (GrowingBuffer buffer = new GrowingBuffer()) {
      MemorySegment small = buffer.of(512);
      large = buffer.of(65536);
      assertFalse(small.scope().isAlive(), "what is too small is given back at once");
      for (int length : new int[] {1, 4096, 65536, 512}) {
        assertEquals(length, buffer.of(length).byteSize());
        assertEquals(large.address(), buffer.of(length).address());
      }
      assertTrue(large.scope().isAlive());
    }
    assertFalse(large.scope().isAlive());
  }
}
