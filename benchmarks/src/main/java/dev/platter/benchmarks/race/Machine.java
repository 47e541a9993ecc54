package dev.platter.benchmarks.race;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The machine in general terms. */
final class Machine {
  private Machine() {}

  static String describe(Path data) throws IOException {
    return "%d cores (%s), %d GiB of memory, %s, Linux %s"
        .formatted(
            Runtime.getRuntime().availableProcessors(),
            processor(),
            memoryGibibytes(),
            Files.getFileStore(data).type(),
            kernel());
  }

  private static String processor() throws IOException {
    String name = field(Path.of("/proc/cpuinfo"), "model name");
    String family = field(Path.of("/proc/cpuinfo"), "cpu family");
    return family.isEmpty() ? System.getProperty("os.arch") : name + ", family " + family;
  }

  private static long memoryGibibytes() throws IOException {
    String total = field(Path.of("/proc/meminfo"), "MemTotal").replaceAll("[^0-9]", "");
    return total.isEmpty() ? 0 : Math.round(Long.parseLong(total) / 1048576.0);
  }

  private static String kernel() {
    return System.getProperty("os.version").replaceFirst("^(\\d+\\.\\d+).*", "$1");
  }

  private static String field(Path file, String name) throws IOException {
    return Files.readAllLines(file).stream()
        .filter(line -> line.startsWith(name))
        .map(line -> line.substring(line.indexOf(':') + 1).strip())
        .findFirst()
        .orElse("");
  }
}
