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
  private static final QuietRuns ANY = new QuietRuns(Long.MAX_VALUE, Long.MAX_VALUE);

  @Property(tries = 100)
  void segmentsTileTheDiskAndBeginAtBlocks(
      @ForAll @IntRange(min = 1, max = 20_000) int sectors, @ForAll @IntRange(max = 999) int seed)
      throws IOException {
    ModelDisk disk = ModelDisk.random(seed, 512 * sectors, 4096);
    SegmentPlan plan = new SegmentPlan(disk, SEGMENT, BLOCK, ANY);
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
  void anEmptyDiskIsOneSegmentHoweverLargeWhereTheWriterTakesIt() throws IOException {
    SegmentPlan plan = new SegmentPlan(new Empty(Long.MAX_VALUE), SEGMENT, BLOCK, ANY);
    assertEquals(Long.MAX_VALUE, plan.claim(MemorySegment.NULL).length());
    assertNull(plan.claim(MemorySegment.NULL));
  }

  @Example
  void noRunIsLongerThanTheWriterTakes() throws IOException {
    long size = (64L << 40) + 512;
    QuietRuns runs = new QuietRuns(1L << 30, (16L << 30) + 1);
    SegmentPlan plan = new SegmentPlan(new Empty(size), SEGMENT, BLOCK, runs);
    int count = 0;
    for (long at = 0; at < size; count++) {
      Segment segment = plan.claim(MemorySegment.NULL);
      assertEquals(0, segment.offset() % BLOCK);
      assertTrue(segment.length() <= 16L << 30, segment::toString);
      at = segment.end();
    }
    assertEquals(4097, count);
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
