package dev.platter.convert;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.image.BlockMap;
import dev.platter.image.Extent;
import dev.platter.image.FormatOptions;
import dev.platter.image.spi.CreateRequest;
import dev.platter.image.spi.ImageFormat;
import dev.platter.image.spi.ImageFormats;
import dev.platter.image.spi.OpenRequest;
import dev.platter.storage.MemoryStorage;
import dev.platter.storage.Storage;
import dev.platter.storage.WritableStorage;
import dev.platter.testdata.FaultyStorage;
import dev.platter.testdata.MemoryTarget;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** The first error ends a conversion for all workers, and is the one that the caller sees. */
class ConversionFailureTest {
  private static final int SIZE = 9 << 20;
  private static final ImageFormat RAW = ImageFormats.present().named("raw").orElseThrow();

  private final byte[] content = new byte[SIZE];

  ConversionFailureTest() {
    new Random(1).nextBytes(content);
  }

  @Property(tries = 20)
  void aFullTargetEndsTheConversion(
      @ForAll @IntRange(min = 0, max = SIZE - 1) int room,
      @ForAll @IntRange(min = 1, max = 5) int workers) {
    FaultyStorage full = new FaultyStorage(new MemoryStorage("full")).fullAfter(room);
    IOException e =
        assertThrows(IOException.class, () -> convert(source(), full, workers, false, NOTHING));
    assertTrue(e.getMessage().contains("No space left on device"), e.getMessage());
  }

  @Property(tries = 20)
  void anUnreadableSourceEndsTheConversion(
      @ForAll @IntRange(min = 1, max = 5) int read,
      @ForAll @IntRange(min = 1, max = 5) int workers) {
    Storage broken =
        new FaultyStorage(MemoryStorage.of("broken", content))
            .transferringAtMost(1 << 20)
            .failingRead(read);
    IOException e =
        assertThrows(
            IOException.class,
            () -> convert(raw(broken), new MemoryStorage("target"), workers, false, NOTHING));
    assertTrue(e.getMessage().contains("Input/output error"), e.getMessage());
  }

  @Example
  void whatCannotBeReadIsSalvagedAsZerosAndTold() throws IOException {
    MemoryStorage target = new MemoryStorage("target");
    Set<Long> told = ConcurrentHashMap.newKeySet();
    Progress listener =
        new Progress() {
          @Override
          public void advanced(long done, long total) {}

          @Override
          public void salvaged(long offset, long length, IOException reason) {
            for (long at = offset; at < offset + length; at += 4096) {
              told.add(at);
            }
          }
        };
    long bad = 3 << 20;
    convert(withDamage(bad, 8192), target, 3, true, listener);
    byte[] expected = content.clone();
    Arrays.fill(expected, (int) bad, (int) bad + 8192, (byte) 0);
    assertArrayEquals(expected, target.toByteArray());
    assertEquals(Set.of(bad, bad + 4096), told);
  }

  @Example
  void aCancelledConversionEndsBetweenSegments() {
    Cancellation cancellation = new Cancellation();
    List<Long> seen = new ArrayList<>();
    Progress cancelAtOnce =
        (done, total) -> {
          seen.add(done);
          cancellation.cancel();
        };
    assertThrows(
        Cancellation.CancelledException.class,
        () -> convert(source(), new MemoryStorage("target"), 1, false, cancelAtOnce, cancellation));
    assertEquals(1, seen.size());
  }

  @Example
  void aSlowBlockDoesNotStopTheOtherWorkers() throws IOException {
    CountDownLatch later = new CountDownLatch(3);
    MemoryStorage target = new MemoryStorage("target");
    BlockMap source =
        watched((offset, length) -> {
          later.countDown();
          if (offset == 0 && !awaits(later)) {
            throw new IOException("the other worker waits for its turn");
          }
        });
    convert(source, target, 2, false, NOTHING);
    assertArrayEquals(content, target.toByteArray());
  }

  private static boolean awaits(CountDownLatch latch) throws IOException {
    try {
      return latch.await(60, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  @Example
  void progressReachesTheWholeDiskOnceAndNeverGoesBack() throws IOException {
    List<Long> seen = new ArrayList<>();
    convert(
        source(),
        new MemoryStorage("target"),
        4,
        false,
        (done, total) -> {
          assertEquals(SIZE, total);
          seen.add(done);
        });
    assertEquals(seen.stream().sorted().distinct().toList(), seen);
    assertEquals(SIZE, seen.getLast());
  }

  private static final Progress NOTHING = Progress.NONE;

  private BlockMap source() throws IOException {
    return raw(MemoryStorage.of("source", content));
  }

  private static BlockMap raw(Storage storage) throws IOException {
    return RAW.open(storage, OpenRequest.strict()).map();
  }

  private BlockMap withDamage(long offset, long length) {
    return watched((at, count) -> {
      if (at < offset + length && at + count > offset) {
        throw new IOException("bad: Input/output error");
      }
    });
  }

  /** Hears of reads before they happen. */
  private interface Watcher {
    void reads(long offset, long length) throws IOException;
  }

  private BlockMap watched(Watcher watcher) {
    MemoryStorage good = MemoryStorage.of("good", content);
    Storage storage =
        new Storage("watched") {
          @Override
          public long size() {
            return SIZE;
          }

          @Override
          protected long readSome(long at, MemorySegment target) throws IOException {
            watcher.reads(at, target.byteSize());
            return good.read(at, target);
          }

          @Override
          public void close() {}
        };
    return new BlockMap() {
      @Override
      public long size() {
        return SIZE;
      }

      @Override
      public int blockSize() {
        return 1;
      }

      @Override
      public Extent extentAt(long at, long limit) {
        return new Extent.Data(at, limit - at, storage, at);
      }
    };
  }

  private static void convert(
      BlockMap source, WritableStorage storage, int workers, boolean salvage, Progress progress)
      throws IOException {
    convert(source, storage, workers, salvage, progress, new Cancellation());
  }

  private static void convert(
      BlockMap source,
      WritableStorage storage,
      int workers,
      boolean salvage,
      Progress progress,
      Cancellation cancellation)
      throws IOException {
    CreateRequest request =
        new CreateRequest(
            SIZE, FormatOptions.none(), false, Optional.empty(), new MemoryTarget(storage));
    ConvertOptions how = ConvertOptions.defaults().withWorkers(workers).withSalvage(salvage);
    try (Destination destination = Destination.newImage(RAW, request)) {
      new Converter(how, progress, cancellation).convert(source, destination);
    }
  }
}
