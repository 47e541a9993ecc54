package dev.platter.bochs;

import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.image.BlockMap;
import dev.platter.image.DiskImage;
import dev.platter.image.spi.OpenRequest;
import dev.platter.legacy.Disks;
import dev.platter.legacy.Lies;
import dev.platter.storage.MemoryStorage;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** One lie each, told in a file that is otherwise right. */
class BochsAttackTest {
  private static final HandMadeBochs MADE =
      new HandMadeBochs(Disks.random(400 << 10, 2), 16 << 10, 2);
  private static final Lies LIES =
      new Lies(new BochsFormat(), MADE.build(), ByteOrder.LITTLE_ENDIAN);

  @Test
  void headersThatAreCutOff() {
    for (int length : new int[] {0, 22, 23, 95}) {
      LIES.refused("not in Bochs format", Arrays.copyOf(LIES.honest(), length));
    }
  }

  @Test
  void otherKindsAndVersions() {
    LIES.refused(
        "'Redolog, Undoable'",
        file -> file.put(48, "Undoable".getBytes(StandardCharsets.US_ASCII)));
    LIES.refused("'?edolog, Growing'", file -> file.put(32, (byte) '\n'));
    LIES.refused("version 0x30000", file -> file.putInt(64, 0x30000));
    LIES.refused("version 0xffffffff", file -> file.putInt(64, -1));
  }

  @Test
  void impossibleExtentsAndBitmaps() {
    for (int size : new int[] {0, 256, 513, 16 << 20, -1, Integer.MIN_VALUE}) {
      LIES.refused("extents of ", file -> file.putInt(80, size));
    }
    for (int size : new int[] {0, 3, (8 << 20) + 1, -1}) {
      LIES.refused("bitmaps of ", file -> file.putInt(76, size));
    }
  }

  @Test
  void impossibleDiskSizesAndCatalogs() {
    LIES.refused("size is impossible", file -> file.putLong(88, -1));
    LIES.refused("size is impossible", file -> file.putLong(88, Long.MAX_VALUE));
    LIES.refused("expected 29", file -> file.putLong(88, 28 * (16 << 10) + 1));
    LIES.refused("expected 25", file -> file.putInt(72, 24));
    LIES.refused("too large", file -> file.putInt(72, -1));
    LIES.refused("the catalog lies", file -> file.putInt(72, 1 << 20));
    LIES.refused("the catalog lies", file -> file.putInt(68, -1));
    LIES.refused("the catalog lies", file -> file.putInt(68, 0));
  }

  @Test
  void extentsElsewhere() {
    for (int entry : new int[] {1000, Integer.MAX_VALUE, Integer.MIN_VALUE, -2}) {
      LIES.refused("extent 2 (entry at 0x208)", file -> file.putInt(512 + 8, entry));
    }
    for (int cut : new int[] {9_000, 16_385}) {
      LIES.refused("past the end", Arrays.copyOf(LIES.honest(), LIES.honest().length - cut));
    }
  }

  /** The catalog of a disk of four tebibytes, in which nothing is. */
  @Test
  void aHugeDiskInASmallFile() {
    int entries = 1 << 19;
    ByteBuffer file = ByteBuffer.allocate(512 + 4 * entries).order(ByteOrder.LITTLE_ENDIAN);
    file.put(0, LIES.honest(), 0, 512).putInt(72, entries).putInt(76, 2048).putInt(80, 8 << 20);
    file.putLong(88, 1L << 42);
    Arrays.fill(file.array(), 512, file.capacity(), (byte) -1);
    assertTimeoutPreemptively(
        Duration.ofSeconds(10),
        () -> {
          MemoryStorage storage = MemoryStorage.of("huge.bochs", file.array());
          try (DiskImage image = new BochsFormat().open(storage, OpenRequest.strict())) {
            BlockMap map = image.map();
            int answers = 0;
            for (long at = 0; at < map.size(); answers++) {
              at = map.extentAt(at, map.size()).end();
            }
            assertTrue(answers <= 4, "answers: " + answers);
          }
        });
  }
}
