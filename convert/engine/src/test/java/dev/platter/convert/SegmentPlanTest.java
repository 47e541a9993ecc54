package dev.platter.convert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.image.BlockMap;
import dev.platter.image.Extent;
import dev.platter.testdata.ModelDisk;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** How a disk is cut into segments. */
class SegmentPlanTest {
  private static final int BLOCK = 64 << 10;
  private static final int SEGMENT = 2 << 20;

  @Property(tries = 100)
  void segmentsTileTheDiskAndBeginAtBlocks(
      @ForAll @IntRange(min = 1, max = 20_000) int sectors, @ForAll @IntRange(max = 999) int seed)
      throws IOException {
    ModelDisk disk = ModelDisk.random(seed, 512 * sectors, 4096);
    SegmentPlan plan = new SegmentPlan(disk, SEGMENT, BLOCK, true);
    long at = 0;
    long index = 0;
    for (Segment segment = plan.claim(MemorySegment.NULL);
        segment != null;
        segment = plan.claim(MemorySegment.NULL)) {
      assertEquals(index++, segment.index());
      assertEquals(at, segment.offset());
      assertEquals(0, at % BLOCK);
      for (Extent extent : segment.extents()) {
        assertEquals(at, extent.offset());
        at = extent.end();
      }
      assertEquals(at, segment.end());
      boolean quiet = segment.extents().stream().allMatch(SegmentPlan::isQuiet);
      assertTrue(quiet || segment.length() <= SEGMENT, segment::toString);
    }
    assertEquals(disk.size(), at);
    assertNull(plan.claim(MemorySegment.NULL));
  }

  @Example
  void anEmptyDiskOfManyTerabytesIsFewSegments() throws IOException {
    long size = (64L << 40) + 512;
    SegmentPlan plan = new SegmentPlan(new Empty(size), SEGMENT, BLOCK, true);
    int count = 0;
    long longest = 0;
    for (Segment segment = plan.claim(MemorySegment.NULL);
        segment != null;
        segment = plan.claim(MemorySegment.NULL)) {
      count++;
      longest = Math.max(longest, segment.length());
    }
    assertTrue(count < 5000, "segments: " + count);
    assertTrue(longest <= 16L << 30, "longest: " + longest);
  }

  private record Empty(long size) implements BlockMap {
    @Override
    public int blockSize() {
      return 1;
    }

    @Override
    public Extent extentAt(long offset, long limit) {
      return new Extent.Absent(offset, limit - offset);
    }
  }
}
