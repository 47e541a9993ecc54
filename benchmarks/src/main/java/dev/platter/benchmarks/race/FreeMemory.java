package dev.platter.benchmarks.race;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Free memory to write into, the same for every run. The host of a virtual machine takes back
 * memory that is free, within seconds, and gives it again, a page at a time, when it is written to:
 * that takes longer than many a conversion. So another process uses it until a run begins.
 */
final class FreeMemory implements AutoCloseable {
  /** What is left to others, bytes. */
  private static final long LEFT = 1L << 30;

  private final Process holder;

  private FreeMemory(Process holder) {
    this.holder = holder;
  }

  /**
   * Uses that much memory, in bytes, or what there is, until it is closed. A Java heap does it, as
   * that takes large pages: four times as fast as a file in memory.
   *
   * @param classes where this class was loaded from
   */
  static FreeMemory hold(long bytes, Path classes) throws IOException {
    long most = Math.max(0, Machine.memory("MemAvailable") - LEFT);
    String megabytes = Math.max(64, Math.min(bytes, most) >> 20) + "m";
    ProcessBuilder java =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:+UseParallelGC",
            "-Xms" + megabytes,
            "-Xmx" + megabytes,
            "-XX:+UseTransparentHugePages",
            "-XX:+AlwaysPreTouch",
            "-cp",
            classes.toString(),
            FreeMemory.class.getName());
    FreeMemory memory = new FreeMemory(java.redirectErrorStream(true).start());
    BufferedReader said = memory.holder.inputReader();
    String line = said.readLine();
    if (!"held".equals(line)) {
      memory.close();
      throw new IOException("no memory to free: " + line);
    }
    return memory;
  }

  /**
   * The holder: has touched its heap before this begins, and ends with its parent at the latest.
   */
  public static void main(String[] args) throws IOException {
    System.out.println("held");
    System.in.read();
  }

  /** Frees it; it is free when this returns. */
  @Override
  public void close() throws IOException {
    try {
      holder.destroyForcibly().waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }
}
