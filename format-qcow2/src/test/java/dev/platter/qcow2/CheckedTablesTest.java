package dev.platter.qcow2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.platter.image.CheckReport;
import dev.platter.image.DiskImage;
import dev.platter.image.FormatOptions;
import dev.platter.image.spi.CreateRequest;
import dev.platter.image.spi.ImageWriter;
import dev.platter.image.spi.OpenRequest;
import dev.platter.storage.ForwardingStorage;
import dev.platter.storage.MemoryStorage;
import dev.platter.testdata.MemoryTarget;
import dev.platter.testdata.ModelDisk;
import dev.platter.testdata.PlainMover;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Checks of images with many tables, which are read on several threads. */
class CheckedTablesTest {
  private static final int SIZE = 8 << 20;

  /** Tables of 64 entries, some two hundred and fifty of them. */
  private static MemoryStorage image() throws IOException {
    ModelDisk disk = ModelDisk.random(5, SIZE, 512);
    MemoryTarget target = new MemoryTarget();
    FormatOptions options =
        FormatOptions.parse(List.of("cluster_size=512"), new Qcow2Format().createOptions());
    try (ImageWriter writer =
        new Qcow2Format()
            .create(new CreateRequest(disk.size(), options, false, Optional.empty(), target))) {
      PlainMover.move(disk, writer, false, false, 1);
    }
    return (MemoryStorage) target.storage();
  }

  private static CheckReport check(ForwardingStorage storage) throws IOException {
    try (DiskImage image = new Qcow2Format().open(storage, OpenRequest.strict())) {
      return image.check().orElseThrow();
    }
  }

  private static CheckReport check(MemoryStorage storage) throws IOException {
    return check(new ForwardingStorage(storage) {});
  }

  /** What is found, and in which order it is told, does not depend on who reads first. */
  @Test
  void theReportIsTheSameEachTime() throws IOException {
    MemoryStorage storage = image();
    Random random = new Random(3);
    byte[] bytes = storage.toByteArray();
    for (int i = 0; i < 300; i++) {
      bytes[4096 + random.nextInt(bytes.length - 4096)] ^= (byte) (1 << random.nextInt(8));
    }
    MemoryStorage damaged = MemoryStorage.of("damaged", bytes);
    CheckReport first = check(damaged);
    for (int i = 0; i < 20; i++) {
      CheckReport again =
          check(
              new ForwardingStorage(damaged) {
                @Override
                protected long readSome(long offset, MemorySegment target) throws IOException {
                  if (offset % 7 == 0) {
                    Thread.yield();
                  }
                  return super.readSome(offset, target);
                }
              });
      assertEquals(first, again);
    }
  }

  /** The reads fail on another thread, and the check ends with what they said. */
  @Test
  void aTableThatCannotBeReadEndsTheCheck() throws IOException {
    MemoryStorage storage = image();
    AtomicInteger reads = new AtomicInteger();
    check(counting(storage, reads, Integer.MAX_VALUE, null));
    int all = reads.get();
    IOException broken = new IOException("broken");
    for (int failing = 1; failing <= all; failing += 1 + all / 60) {
      int at = failing;
      assertTimeoutPreemptively(
          Duration.ofSeconds(20),
          () ->
              assertSame(
                  broken,
                  assertThrows(
                      IOException.class,
                      () -> check(counting(storage, new AtomicInteger(), at, broken)))));
    }
  }

  private static ForwardingStorage counting(
      MemoryStorage storage, AtomicInteger reads, int failing, IOException broken) {
    return new ForwardingStorage(storage) {
      @Override
      protected long readSome(long offset, MemorySegment target) throws IOException {
        if (reads.incrementAndGet() >= failing) {
          throw broken;
        }
        return super.readSome(offset, target);
      }
    };
  }
}
