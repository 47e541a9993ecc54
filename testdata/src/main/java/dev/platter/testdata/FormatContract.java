package dev.platter.testdata;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.image.BlockMap;
import dev.platter.image.DiskImage;
import dev.platter.image.Extent;
import dev.platter.image.FormatOptions;
import dev.platter.image.IllegalOptionException;
import dev.platter.image.Limits;
import dev.platter.image.OptionSpec;
import dev.platter.image.disk.GuestReader;
import dev.platter.image.spi.ImageFormat;
import dev.platter.image.spi.ImageFormats;
import dev.platter.image.spi.OpenRequest;
import dev.platter.storage.MemoryStorage;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** What every format keeps to, and how the contracts of formats look at images. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class FormatContract {
  private static final int MUTATIONS = 150;
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** The format under test. */
  protected abstract ImageFormat format();

  /** Whether any bytes at all are an image of this format, as raw's are. */
  protected boolean takesAnything() {
    return false;
  }

  @Test
  void isFoundByItsNames() {
    ImageFormats present = ImageFormats.present();
    assertSame(format().getClass(), present.named(format().name()).orElseThrow().getClass());
    for (String alias : format().aliases()) {
      assertSame(format().getClass(), present.named(alias).orElseThrow().getClass());
    }
  }

  @Test
  void doesNotTakeNoiseForItself() throws IOException {
    byte[] noise = new byte[ImageFormat.HEAD_BYTES];
    new Random(7).nextBytes(noise);
    for (byte[] bytes : List.of(noise, new byte[0], new byte[3], new byte[100_000])) {
      Storage storage = MemoryStorage.of("noise", bytes);
      MemorySegment head =
          MemorySegment.ofArray(
              Arrays.copyOf(bytes, Math.min(bytes.length, ImageFormat.HEAD_BYTES)));
      assertEquals(
          takesAnything(), format().probe(storage, head) > ImageFormat.NO_MATCH, "" + bytes.length);
      if (!takesAnything()) {
        assertThrows(IOException.class, () -> format().open(storage, OpenRequest.strict()));
      }
    }
  }

  @Test
  void refusesOptionsItDoesNotKnow() {
    assertThrows(
        IllegalOptionException.class,
        () -> FormatOptions.parse(List.of("no_such_option=1"), format().createOptions()));
    for (OptionSpec spec : format().createOptions()) {
      assertFalse(spec.help().isBlank(), spec.name());
    }
  }

  /** Extents begin where asked, stay within the limit, and hold what the disk does. */
  static void checkExtents(BlockMap map, byte[] content) throws IOException {
    Random random = new Random(4);
    try (GuestReader reader = new GuestReader()) {
      for (int i = 0; i < 300; i++) {
        long offset = random.nextInt(content.length);
        long limit = offset + 1 + random.nextInt((int) (content.length - offset));
        Extent extent = map.extentAt(offset, limit);
        assertEquals(offset, extent.offset());
        assertTrue(extent.length() >= 1 && extent.end() <= limit, () -> extent + " " + limit);
        byte[] bytes = new byte[(int) Math.min(extent.length(), 100_000)];
        reader.read(extent.slice(offset, bytes.length), MemorySegment.ofArray(bytes));
        int start = (int) offset;
        assertArrayEquals(Arrays.copyOfRange(content, start, start + bytes.length), bytes);
      }
    }
  }

  /** Several threads read the same at once. */
  static void checkThreads(BlockMap map, byte[] content) throws Exception {
    try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
      List<Future<byte[]>> readers =
          Stream.generate(() -> threads.submit(() -> read(map))).limit(4).toList();
      for (Future<byte[]> reader : readers) {
        assertArrayEquals(content, reader.get());
      }
    }
  }

  /** An image in which some bytes are wrong gives bytes or one clear error. */
  void surviveDamage(byte[] good) {
    Random random = new Random(9);
    assertTimeoutPreemptively(
        PATIENCE,
        () -> {
          for (int i = 0; i < MUTATIONS; i++) {
            byte[] bad = good.clone();
            for (int j = random.nextInt(6); j >= 0; j--) {
              // Most numbers that matter stand near the front.
              int reach = random.nextInt(3) == 0 ? bad.length : Math.min(bad.length, 4096);
              bad[random.nextInt(reach)] = (byte) random.nextInt(256);
            }
            surviveReading(bad);
          }
        });
  }

  /** An image that is cut off gives bytes or one clear error. */
  void surviveCuts(byte[] good) {
    Random random = new Random(11);
    assertTimeoutPreemptively(
        PATIENCE,
        () -> {
          for (int i = 0; i < MUTATIONS / 3; i++) {
            surviveReading(Arrays.copyOf(good, random.nextInt(good.length)));
          }
        });
  }

  /**
   * Reads as much as the image says it has, within reason; anything but an IOException is a fault.
   */
  private void surviveReading(byte[] bytes) {
    Storage storage = MemoryStorage.of("damaged", bytes);
    OpenRequest request =
        new OpenRequest(new Limits(1L << 40, 16 << 20, 8), OpenRequest.strict().outside());
    try (DiskImage image = format().open(storage, request);
        GuestReader reader = new GuestReader()) {
      image.info();
      image.parent();
      image.check();
      BlockMap map = image.map();
      long left = 8 << 20;
      for (long at = 0; at < map.size() && left > 0; ) {
        Extent extent = map.extentAt(at, map.size());
        assertEquals(at, extent.offset());
        if (!extent.readsZero()) {
          byte[] target = new byte[(int) Math.min(extent.length(), 1 << 20)];
          reader.read(extent.slice(at, target.length), MemorySegment.ofArray(target));
          left -= target.length;
        }
        left -= 64;
        at = extent.end();
      }
    } catch (IOException expected) {
      assertFalse(
          expected.getMessage() == null || expected.getMessage().isBlank(), "says what is wrong");
      assertFalse(expected.getMessage().contains("\n"), "says it in one line");
    }
  }

  static byte[] read(BlockMap map) throws IOException {
    byte[] bytes = new byte[(int) map.size()];
    Arrays.fill(bytes, (byte) 0x55);
    try (GuestReader reader = new GuestReader()) {
      reader.read(map, 0, MemorySegment.ofArray(bytes));
    }
    return bytes;
  }
}
