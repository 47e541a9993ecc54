package dev.platter.benchmarks.race;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The machine in general terms. */
final class Machine {
  private static final Path MEMORY = Path.of("/proc/meminfo");

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
    return Math.round(memory("MemTotal") / (double) (1 << 30));
  }

  /** A field of the kernel's account of the memory, bytes; 0 where there is none. */
  static long memory(String field) throws IOException {
    if (!Files.isReadable(MEMORY)) {
      return 0;
    }
    String kibibytes = field(MEMORY, field).replaceAll("[^0-9]", "");
    return kibibytes.isEmpty() ? 0 : Long.parseLong(kibibytes) << 10;
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
