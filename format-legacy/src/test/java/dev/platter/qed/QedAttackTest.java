package dev.platter.qed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.image.BlockMap;
import dev.platter.image.CheckReport;
import dev.platter.image.DiskImage;
import dev.platter.image.spi.OpenRequest;
import dev.platter.legacy.Disks;
import dev.platter.legacy.Lies;
import dev.platter.storage.MemoryStorage;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** One lie each, told in a file that is otherwise right. */
class QedAttackTest {
  private static final HandMadeQed MADE = new HandMadeQed(Disks.random(400 << 10, 2), 4096, 2);
  private static final Lies LIES = new Lies(new QedFormat(), MADE.build(), ByteOrder.LITTLE_ENDIAN);

  @Test
  void headersThatAreCutOff() {
    for (int length : new int[] {0, 3, 4, 63}) {
      LIES.refused("not in QED format", Arrays.copyOf(LIES.honest(), length));
    }
  }

  @Test
  void impossibleClustersAndTables() {
    for (int size : new int[] {0, 1, 2048, 4097, 128 << 20, -1, Integer.MIN_VALUE}) {
      LIES.refused("clusters of ", file -> file.putInt(4, size));
    }
    for (int clusters : new int[] {0, 3, 32, -1, Integer.MIN_VALUE}) {
      LIES.refused("tables of ", file -> file.putInt(8, clusters));
    }
    for (int clusters : new int[] {0, -1, 1 << 20}) {
      LIES.refused("the header has ", file -> file.putInt(12, clusters));
    }
  }

  @Test
  void unknownFeatures() {
    LIES.refused("Unsupported QED features: 8", file -> file.putLong(16, 8));
    LIES.refused("features: 8000000000000000", file -> file.putLong(16, Long.MIN_VALUE));
  }

  @Test
  void impossibleDiskSizes() {
    for (long size : new long[] {-512, 100, 1L << 33, Long.MAX_VALUE - 511}) {
      LIES.refused("size is impossible", file -> file.putLong(48, size));
    }
  }

  @Test
  void tablesElsewhere() {
    for (long at : new long[] {0, 100, 4097, 1L << 40, Long.MIN_VALUE, -4096}) {
      LIES.refused("the L1 table", file -> file.putLong(40, at));
      if (at != 0) {
        LIES.refused("has an L2 table at", file -> file.putLong(MADE.clusterSize, at));
      }
    }
  }

  @Test
  void clustersElsewhere() {
    for (long at : new long[] {2, 100, 1L << 40, Long.MIN_VALUE, -4096}) {
      LIES.refused("cluster 3 is at 0x", file -> file.putLong(MADE.l2At + 24, at));
    }
  }

  @Test
  void namesOfBackingFilesElsewhere() {
    int[][] wrong = {{0, 9}, {63, 9}, {4090, 9}, {64, 0}, {64, 1024}, {-1, -1}, {64, -1}};
    for (int[] pair : wrong) {
      LIES.refused(
          "backing file's name",
          file -> file.putLong(16, 1).putInt(56, pair[0]).putInt(60, pair[1]));
    }
  }

  /** A file of a mebibyte that says it has a disk of 2^55 bytes: nothing, again and again. */
  @Test
  void aHugeDiskInASmallFile() {
    ByteBuffer file = ByteBuffer.allocate(3 << 20).order(ByteOrder.LITTLE_ENDIAN);
    file.putInt(0, 0x00444551).putInt(4, 1 << 20).putInt(8, 1).putInt(12, 1);
    file.putLong(40, 1 << 20).putLong(48, 1L << 53);
    assertTimeoutPreemptively(
        Duration.ofSeconds(10),
        () -> {
          MemoryStorage storage = MemoryStorage.of("huge.qed", file.array());
          try (DiskImage image = new QedFormat().open(storage, OpenRequest.strict())) {
            BlockMap map = image.map();
            int answers = 0;
            for (long at = 0; at < map.size(); answers++) {
              at = map.extentAt(at, map.size()).end();
            }
            assertTrue(answers <= 16, "answers: " + answers);
            CheckReport report = image.check().orElseThrow();
            assertEquals(0, report.corruptions());
            assertEquals(1, report.leaks());
          }
        });
  }
}
