package dev.platter.cli.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.cli.Run;
import dev.platter.cli.line.Failure;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Which requests {@code bench} makes, and how many at a time. */
class BenchCommandTest {
  private static final int DISK_BYTES = 1 << 20;

  @TempDir Path directory;

  /** A disk that notes what is asked of it. */
  private abstract static class Noting extends BenchDisk {
    final List<String> done = Collections.synchronizedList(new ArrayList<>());

    Noting() {
      super(DISK_BYTES);
    }

    @Override
    void request(long offset, MemorySegment buffer) throws IOException {
      done.add(offset + "+" + buffer.byteSize());
    }

    @Override
    void flush() throws IOException {
      done.add("flush");
    }

    @Override
    public void close() {}
  }

  private static final class Plain extends Noting {}

  private static List<String> done(Requests requests) throws IOException, Failure {
    Noting disk = new Plain();
    new Bench(requests, disk).run();
    return disk.done;
  }

  @Test
  void neverRunsPastTheEndOfTheDisk() throws IOException, Failure {
    int bytes = 600 << 10;
    // What qemu-img 11.1 asks a server for.
    assertEquals(
        List.of("0+" + bytes, "180224+" + bytes, "360448+" + bytes, "106496+" + bytes),
        done(new Requests(4, 1, 0, bytes, bytes, 0, false)));
    assertEquals(
        List.of("1044480+4096", "4096+4096", "8192+4096"),
        done(new Requests(3, 1, 1_044_480, 4096, 4096, 0, false)));
    assertEquals(
        List.of("0+1048576", "0+1048576"),
        done(new Requests(2, 1, 0, DISK_BYTES, DISK_BYTES, 0, false)));
  }

  @Test
  @Timeout(20)
  void hasAsManyRequestsUnderWayAsAsked() throws IOException, Failure {
    int depth = 16;
    CountDownLatch together = new CountDownLatch(depth);
    AtomicInteger now = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    Noting disk =
        new Noting() {
          @Override
          void request(long offset, MemorySegment buffer) throws IOException {
            most.accumulateAndGet(now.incrementAndGet(), Math::max);
            together.countDown();
            try {
              assertTrue(together.await(10, TimeUnit.SECONDS), "never so many at a time");
            } catch (InterruptedException e) {
              throw new IOException(e);
            }
            now.decrementAndGet();
          }
        };
    new Bench(new Requests(200, depth, 0, 512, 512, 0, false), disk).run();
    assertEquals(depth, most.get());
  }

  @Test
  @Timeout(20)
  void flushesBetweenRequestsUnlessToldNotToWait() throws IOException, Failure {
    AtomicInteger now = new AtomicInteger();
    AtomicInteger flushes = new AtomicInteger();
    AtomicInteger since = new AtomicInteger();
    Noting disk =
        new Noting() {
          @Override
          void request(long offset, MemorySegment buffer) {
            now.incrementAndGet();
            since.incrementAndGet();
            Thread.yield();
            now.decrementAndGet();
          }

          @Override
          void flush() throws IOException {
            flushes.incrementAndGet();
            if (now.get() != 0 || since.getAndSet(0) != 10) {
              throw new IOException("flushed amid");
            }
          }
        };
    new Bench(new Requests(1000, 8, 0, 512, 512, 10, false), disk).run();
    assertEquals(100, flushes.get());
    List<String> amid = done(new Requests(1000, 8, 0, 512, 512, 10, true));
    assertEquals(100, Collections.frequency(amid, "flush"));
    assertEquals(1100, amid.size());
  }

  @Test
  @Timeout(20)
  void endsWithTheFirstRequestThatFails() throws IOException {
    Path disk = directory.resolve("disk.raw");
    Files.write(disk, new byte[DISK_BYTES]);
    Run run = Run.qemuImg("bench", "-w", "-f", "raw", "-o", "1M", "--flush-interval", "64", disk);
    assertEquals(1, run.exitCode());
    assertEquals("qemu-img: Failed request: Input/output error\n", run.err());
  }

  @Test
  void writesThePattern() throws IOException {
    Path disk = directory.resolve("disk.vhdx");
    Run.qemuImg("create", "-q", "-f", "vhdx", disk, "1M").mustWork();
    Run.qemuImg("bench", "-w", "--pattern", "65", "-c", "256", "-d", "7", "-t", "none", disk)
        .mustWork();
    Path raw = directory.resolve("disk.raw");
    Run.qemuImg("convert", disk, raw).mustWork();
    byte[] bytes = Files.readAllBytes(raw);
    assertEquals(DISK_BYTES, bytes.length);
    for (int i = 0; i < DISK_BYTES - 4096; i++) { // the last request begins at 0, as in qemu-img
      assertEquals(65, bytes[i]);
    }
  }
}
