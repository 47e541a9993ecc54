package dev.platter.benchmarks.race;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;

/** How fast this machine copies memory that no cache holds. */
final class MemoryCopy {
  private static final long BYTES = 128 << 20;
  private static final long NANOS = 500_000_000;

  private MemoryCopy() {}

  /** Measures it and puts it into words. */
  static String measure() throws IOException {
    int cores = Runtime.getRuntime().availableProcessors();
    return String.format(
        Locale.ROOT, "%.1f GB/s on one core, %.1f GB/s on all %d", rate(1), rate(cores), cores);
  }

  /** Billions of bytes copied a second by so many threads together. */
  private static double rate(int threads) throws IOException {
    AtomicLong copied = new AtomicLong();
    List<Thread> all = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      all.add(Thread.ofPlatform().start(() -> copy(copied)));
    }
    for (Thread thread : all) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
    }
    return (double) copied.get() / NANOS;
  }

  private static void copy(AtomicLong copied) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment from = arena.allocate(BYTES).fill((byte) 1);
      MemorySegment to = arena.allocate(BYTES).fill((byte) 2);
      long end = System.nanoTime() + NANOS;
      for (long at = 0; System.nanoTime() < end; at = (at + (1 << 20)) % BYTES) {
        MemorySegment.copy(from, at, to, at, 1 << 20);
        copied.addAndGet(1 << 20);
      }
    }
  }
}
