package dev.platter.convert;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.image.BlockMap;
import dev.platter.image.Extent;
import dev.platter.image.disk.GuestReader;
import dev.platter.testdata.ModelDisk;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** The two parts of a disk are the whole of it, however few ranges are noted. */
class DiskDeltaTest {
  private static byte[] read(BlockMap map) throws IOException {
    byte[] bytes = new byte[(int) map.size()];
    try (GuestReader reader = new GuestReader()) {
      reader.read(map, 0, MemorySegment.ofArray(bytes));
    }
    return bytes;
  }

  @Property(tries = 60)
  void differencesAreWithinAndTheRestIsTheSame(
      @ForAll @IntRange(min = 1, max = 4000) int sectors,
      @ForAll @IntRange(max = 1 << 20) int seed,
      @ForAll @IntRange(min = 1, max = 30) int most)
      throws IOException {
    ModelDisk before = ModelDisk.random(seed, 512 * sectors, 512);
    ModelDisk after = ModelDisk.random(seed + 1L, 512 * sectors, 4096);
    byte[] old = read(before);
    byte[] now = read(after);
    DiskDelta delta = new DiskDelta(most);
    DiskDiff.run(before, after, Optional.empty(), 2, delta, Progress.NONE, new Cancellation());
    BlockMap within = delta.within(after);
    byte[] same = read(delta.without(before));
    int ranges = 0;
    boolean wasIn = false;
    for (int at = 0; at < now.length; at += 512) {
      boolean isIn = !(within.extentAt(at, at + 512) instanceof Extent.Absent);
      ranges += isIn && !wasIn ? 1 : 0;
      wasIn = isIn;
      for (int i = at; i < at + 512; i++) {
        assertEquals(isIn ? 0 : old[i], same[i]);
        if (!isIn) {
          assertEquals(old[i], now[i], "not noted, at " + i);
        }
      }
    }
    assertTrue(ranges <= most, ranges + " ranges of " + most);
    byte[] written = old.clone();
    byte[] taken = read(within);
    for (int at = 0; at < now.length; at += 512) {
      if (!(within.extentAt(at, at + 512) instanceof Extent.Absent)) {
        System.arraycopy(taken, at, written, at, 512);
      }
    }
    assertArrayEquals(now, written);
  }
}
