package dev.platter.qcow1;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.image.BlockMap;
import dev.platter.image.CorruptImageException;
import dev.platter.image.DiskImage;
import dev.platter.image.spi.OpenRequest;
import dev.platter.legacy.Disks;
import dev.platter.storage.MemoryStorage;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** One lie each, told in a file that is otherwise right. */
class Qcow1AttackTest {
  private static final HandMadeQcow1 HONEST = new HandMadeQcow1(Disks.random(400_000, 1), 12, 6);
  private static final int L2_AT = HONEST.l2At();

  private static void refused(String words, Consumer<ByteBuffer> lie) {
    byte[] file = HONEST.build();
    lie.accept(ByteBuffer.wrap(file));
    refused(words, file);
  }

  private static void refused(String words, byte[] file) {
    assertTimeoutPreemptively(
        Duration.ofSeconds(5),
        () -> {
          CorruptImageException e =
              assertThrows(
                  CorruptImageException.class,
                  () -> {
                    try (DiskImage image =
                        new Qcow1Format()
                            .open(MemoryStorage.of("lie.qcow", file), OpenRequest.strict())) {
                      Disks.content(image.map());
                    }
                  });
          assertTrue(e.getMessage().contains("lie.qcow"), e.getMessage());
          assertTrue(e.getMessage().contains(words), e.getMessage());
        });
  }

  @Test
  void headersThatAreCutOff() {
    for (int length : new int[] {0, 7, 8, 47}) {
      refused("not in qcow format", Arrays.copyOf(HONEST.build(), length));
    }
  }

  @Test
  void impossibleClustersAndTables() {
    refused("Cluster size 2^8", file -> file.put(32, (byte) 8));
    refused("Cluster size 2^17", file -> file.put(32, (byte) 17));
    refused("Cluster size 2^255", file -> file.put(32, (byte) -1));
    refused("L2 table size 2^8", file -> file.put(33, (byte) 5));
    refused("L2 table size 2^17", file -> file.put(33, (byte) 14));
  }

  @Test
  void impossibleDiskSizes() {
    refused("too small", file -> file.putLong(24, 0));
    refused("too small", file -> file.putLong(24, 1));
    refused("too large", file -> file.putLong(24, -1));
    refused("too large", file -> file.putLong(24, Long.MAX_VALUE));
    refused("L1 table", file -> file.putLong(24, 1L << 60 | 1));
    refused("outside the file", file -> file.putLong(24, 1L << 40));
  }

  @Test
  void unknownEncryption() {
    refused("encryption method", file -> file.putInt(36, 2));
    refused("encryption method in qcow header: 4294967295", file -> file.putInt(36, -1));
  }

  @Test
  void namesOfBackingFilesElsewhere() {
    refused("name has 0 bytes", file -> file.putLong(8, 60));
    refused("name has 1024", file -> file.putLong(8, 60).putInt(16, 1024));
    refused("name has 4294967295", file -> file.putLong(8, 60).putInt(16, -1));
    refused("outside", file -> file.putLong(8, 1L << 50).putInt(16, 9));
    refused("outside", file -> file.putLong(8, -1).putInt(16, 9));
    refused("outside", file -> file.putLong(8, 47).putInt(16, 9));
  }

  @Test
  void tablesElsewhere() {
    for (long at : new long[] {0, 47, 1L << 40, Long.MAX_VALUE, Long.MIN_VALUE, -1}) {
      refused("the L1 table", file -> file.putLong(40, at));
      if (at != 0) {
        refused("has an L2 table at", file -> file.putLong(HandMadeQcow1.L1_AT, at));
      }
    }
  }

  @Test
  void clustersElsewhere() {
    refused("cluster 1 has 4096 bytes at 0x2f", file -> file.putLong(L2_AT + 8, 47));
    refused("outside", file -> file.putLong(L2_AT + 8, Long.MAX_VALUE));
    refused("outside", file -> file.putLong(L2_AT + 8, file.capacity() - 4095));
    refused("not at a sector", file -> file.putLong(L2_AT + 8, 4097));
    refused("compressed cluster 1 has", file -> file.putLong(L2_AT + 8, -1));
    refused("has 0 bytes", file -> file.putLong(L2_AT + 8, Long.MIN_VALUE | 5000));
  }

  @Test
  void streamsThatAreDamaged() {
    refused("deflate", file -> file.putLong(L2_AT + 8, Long.MIN_VALUE | 99L << 51 | 60));
    refused("deflate", file -> file.putLong(L2_AT + 8, Long.MIN_VALUE | 99L << 51 | 48));
  }

  /** All L1 entries point to one L2 table, and all of its entries to one cluster. */
  @Test
  void aHugeDiskInASmallFile() {
    ByteBuffer file = ByteBuffer.allocate(1 << 20);
    file.putInt(0, 0x514649fb).putInt(4, 1).putLong(24, 1L << 44).put(32, (byte) 16);
    file.put(33, (byte) 13).putLong(40, 48);
    int l1 = 1 << 15;
    for (int i = 0; i < l1; i++) {
      file.putLong(48 + 8 * i, 48 + 8 * l1);
    }
    assertTimeoutPreemptively(
        Duration.ofSeconds(20),
        () -> {
          MemoryStorage storage = new MemoryStorage("huge.qcow");
          storage.write(0, MemorySegment.ofArray(file.array()));
          try (DiskImage image = new Qcow1Format().open(storage, OpenRequest.strict())) {
            BlockMap map = image.map();
            int answers = 0;
            for (long at = 0; at < map.size(); answers++) {
              at = map.extentAt(at, map.size()).end();
            }
            assertTrue(answers <= 1 << 13, "answers: " + answers);
          }
        });
  }
}
