package dev.platter.benchmarks.race;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Free memory to write into, the same for every run. Where the page cache is full the kernel has to
 * find room first; and the host of a virtual machine takes back memory that is free, and gives it
 * again, a page at a time, when it is written to. Either takes longer than many a conversion.
 */
final class FreeMemory {
  private static final Path DROP_CACHES = Path.of("/proc/sys/vm/drop_caches");
  private static final Path SHARED_MEMORY = Path.of("/dev/shm");

  private FreeMemory() {}

  /** Takes everything out of the page cache, where that is allowed. */
  static void dropCaches() throws IOException {
    if (Files.isWritable(DROP_CACHES)) {
      Shell.need("sync");
      Files.writeString(DROP_CACHES, "3");
    }
  }

  /**
   * Uses that much memory, in bytes, and frees it, so that the next to ask for it gets it at once.
   */
  static void touch(long bytes) throws IOException {
    if (Files.isWritable(SHARED_MEMORY)) {
      Path file = SHARED_MEMORY.resolve("platter-race-" + ProcessHandle.current().pid());
      try {
        Shell.need(
            "dd", "status=none", "if=/dev/zero", "of=" + file, "bs=1M", "count=" + (bytes >> 20));
      } finally {
        Files.deleteIfExists(file);
      }
    }
  }
}
