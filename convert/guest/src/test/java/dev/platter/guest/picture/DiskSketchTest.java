package dev.platter.guest.picture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.guest.GuestDescription;
import dev.platter.image.BlockMap;
import dev.platter.image.Extent;
import dev.platter.image.disk.LayeredMap;
import dev.platter.storage.MemoryStorage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongPredicate;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

/** How much of each column of a disk is stored, against a count of single bytes. */
class DiskSketchTest {
  private static final int BLOCK = 7;

  /** A disk of blocks of {@link #BLOCK} bytes, each stored, or not there. */
  private record Blocks(long size, LongPredicate stored, AtomicLong questions) implements BlockMap {
    Blocks(long size, LongPredicate stored) {
      this(size, stored, new AtomicLong());
    }

    @Override
    public int blockSize() {
      return BLOCK;
    }

    @Override
    public Extent extentAt(long offset, long limit) {
      questions.incrementAndGet();
      long length = Math.min(limit, (offset / BLOCK + 1) * BLOCK) - offset;
      return stored.test(offset / BLOCK)
          ? new Extent.Encoded(offset, length, null, null, 0, 1, BLOCK, (int) (offset % BLOCK))
          : new Extent.Absent(offset, length);
    }
  }

  private static GuestDescription nothing(long size) {
    return new GuestDescription(
        size, Optional.empty(), List.of(), Set.of(), List.of(), List.of(), "", 0);
  }

  private static DiskSketch sketch(long steps, Blocks... layers) throws IOException {
    return DiskSketch.of(new LayeredMap(List.of(layers)), nothing(layers[0].size()), steps);
  }

  /** The first byte of a column. */
  private static long start(long size, int column) {
    return size / DiskSketch.COLUMNS * column
        + size % DiskSketch.COLUMNS * column / DiskSketch.COLUMNS;
  }

  @Property(tries = 60)
  void eachByteCountsInItsColumnForTheLayerThatStoresIt(
      @ForAll @LongRange(min = 1, max = 20_000) long size, @ForAll @IntRange(max = 3) int kind)
      throws IOException {
    Random random = new Random(size);
    boolean[] top = new boolean[(int) size / BLOCK + 1];
    boolean[] below = new boolean[(int) size / BLOCK + 1];
    for (int i = 0; i < top.length; i++) {
      top[i] = random.nextInt(4) < kind;
      below[i] = random.nextBoolean();
    }
    DiskSketch found =
        sketch(
            Long.MAX_VALUE,
            new Blocks(size, block -> top[(int) block]),
            new Blocks(size, block -> below[(int) block]));
    assertTrue(found.exact());
    long[][] counts = new long[2][DiskSketch.COLUMNS];
    for (int i = 0; i < DiskSketch.COLUMNS; i++) {
      for (long at = start(size, i); at < start(size, i + 1); at++) {
        int block = (int) at / BLOCK;
        if (top[block] || below[block]) {
          counts[top[block] ? 0 : 1][i]++;
        }
      }
    }
    for (int layer = 0; layer < 2; layer++) {
      long bytes = 0;
      List<Integer> shares = new ArrayList<>();
      for (int i = 0; i < DiskSketch.COLUMNS; i++) {
        double length = start(size, i + 1) - start(size, i);
        bytes += counts[layer][i];
        shares.add(counts[layer][i] == 0 ? 0 : (int) Math.ceil(counts[layer][i] / length * 1000));
      }
      assertEquals(bytes, found.stored().get(layer).bytes());
      assertEquals(shares, found.stored().get(layer).shares());
    }
  }

  @Test
  void aDiskOfMoreRunsThanMayBeLookedAtIsEstimated() throws IOException {
    long size = 1L << 42;
    for (long period : new long[] {2, 3, 1000}) {
      Blocks blocks = new Blocks(size, block -> block % period == 0);
      DiskSketch found = sketch(100_000, blocks);
      assertFalse(found.exact());
      assertTrue(blocks.questions().get() <= 101_000, blocks.questions() + " questions");
      double share = (double) found.stored().getFirst().bytes() / size;
      assertEquals(1.0 / period, share, 0.02, "period " + period);
      assertTrue(found.words().startsWith("About "), found.words());
    }
  }

  @Test
  void estimatedColumnsAreNotMixedUp() throws IOException {
    long size = 1L << 40;
    long middle = size / 2 / BLOCK;
    DiskSketch found = sketch(20_000, new Blocks(size, block -> block >= middle && block % 2 == 0));
    List<Integer> shares = found.stored().getFirst().shares();
    assertEquals(0, shares.subList(0, 500).stream().mapToInt(i -> i).sum());
    assertEquals(500, shares.subList(500, 1000).stream().mapToInt(i -> i).average().orElse(0), 50);
  }

  @Test
  void whatWasSetAsideAndNeverWrittenIsNotStored() throws IOException {
    long size = 1 << 20;
    MemoryStorage host = new MemoryStorage("host");
    host.truncate(size);
    host.write(size / 2, java.lang.foreign.MemorySegment.ofArray(new byte[] {1}));
    BlockMap map =
        new BlockMap() {
          @Override
          public long size() {
            return size;
          }

          @Override
          public int blockSize() {
            return 1;
          }

          @Override
          public Extent extentAt(long offset, long limit) {
            return new Extent.Data(offset, limit - offset, host, offset);
          }
        };
    DiskSketch found = DiskSketch.of(new LayeredMap(List.of(map)), nothing(size));
    assertTrue(found.stored().getFirst().bytes() < size, found.words());
    assertEquals(0, found.stored().getFirst().shares().getFirst());
    assertTrue(found.stored().getFirst().shares().get(500) > 0);
  }

  @Test
  void anEmptyDiskIsDrawn() throws IOException {
    DiskSketch found = sketch(Long.MAX_VALUE, new Blocks(0, block -> true));
    assertEquals("0 B of 0 B stored.", found.words());
    assertTrue(DiskPicture.of("empty", found, List.of("it")).endsWith("</svg>\n"));
  }
}
