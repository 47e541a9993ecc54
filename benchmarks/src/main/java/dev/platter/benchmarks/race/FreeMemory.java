package dev.platter.benchmarks.race;

import java.io.IOException;
import java.nio.file.Path;

/**
 * Free memory to write into, the same for every run. The host of a virtual machine takes back
 * memory that is free, and gives it again, a page at a time, when it is written to: that takes
 * longer than many a conversion.
 */
final class FreeMemory {
  /** What is left to others, bytes. */
  private static final long LEFT = 1L << 30;

  private FreeMemory() {}

  /**
   * Uses that much memory, in bytes, and frees it, so that the next to ask for it gets it at once.
   * A Java heap does it, as that takes large pages: four times as fast as a file in memory.
   */
  static void touch(long bytes) throws IOException {
    long available = Machine.memory("MemAvailable") - LEFT;
    if (available <= 0) {
      return;
    }
    String megabytes = Math.max(64, Math.min(bytes, available) >> 20) + "m";
    Shell.need(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-XX:+UseParallelGC",
        "-Xms" + megabytes,
        "-Xmx" + megabytes,
        "-XX:+UseTransparentHugePages",
        "-XX:+AlwaysPreTouch",
        "--version");
  }
}
