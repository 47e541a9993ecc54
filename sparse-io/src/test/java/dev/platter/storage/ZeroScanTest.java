package dev.platter.storage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

final class ZeroScanTest {
  @Test
  void oneByteAnywhereIsFound() {
    for (int size : new int[] {1, 7, 63, 64, 65, 128, 129, 4096}) {
      byte[] bytes = new byte[size];
      MemorySegment segment = MemorySegment.ofArray(bytes);
      assertTrue(ZeroScan.isZero(segment));
      assertEquals(size, ZeroScan.zeroPrefix(segment));
      for (int i = 0; i < size; i++) {
        bytes[i] = (byte) 0x80;
        assertFalse(ZeroScan.isZero(segment), size + " bytes, one at " + i);
        assertEquals(i, ZeroScan.zeroPrefix(segment));
        bytes[i] = 0;
      }
    }
  }

  @Test
  void emptySegmentIsZero() {
    assertTrue(ZeroScan.isZero(MemorySegment.NULL));
    assertEquals(0, ZeroScan.zeroRun(MemorySegment.NULL, 512));
    assertEquals(0, ZeroScan.dataRun(MemorySegment.NULL, 512));
  }

  @Property(tries = 200)
  void runsAreThoseThatAByteLoopFinds(
      @ForAll @IntRange(min = 0, max = 3000) int size,
      @ForAll @IntRange(min = 1, max = 600) int unit,
      @ForAll @IntRange(min = 0, max = 40) int others,
      @ForAll @IntRange(min = 0, max = 9) int skew,
      @ForAll long seed) {
    byte[] bytes = new byte[size];
    Random random = new Random(seed);
    for (int i = 0; i < others && size > 0; i++) {
      bytes[random.nextInt(size)] = (byte) (1 << random.nextInt(8));
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment all = arena.allocate(size + 20L).fill((byte) 0xFF);
      MemorySegment segment = all.asSlice(skew, size).copyFrom(MemorySegment.ofArray(bytes));
      assertEquals(run(bytes, unit, true), ZeroScan.zeroRun(segment, unit));
      assertEquals(run(bytes, unit, false), ZeroScan.dataRun(segment, unit));
      assertEquals(run(bytes, size + 1, true) == size, ZeroScan.isZero(segment));
    }
  }

  private static long run(byte[] bytes, int unit, boolean zero) {
    int at = 0;
    while (at < bytes.length) {
      int end = Math.min(bytes.length, at + unit);
      boolean allZero = true;
      for (int i = at; i < end; i++) {
        allZero &= bytes[i] == 0;
      }
      if (allZero != zero) {
        break;
      }
      at = end;
    }
    return at;
  }
}
