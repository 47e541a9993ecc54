package dev.platter.sandbox;

/**
 * How much a confined process may use of the machine.
 *
 * @param memory bytes of address space; 0: its Java heap and 3 GiB
 * @param processorSeconds processor time of all its threads, seconds
 * @param fileBytes the size that a file may get which it writes, bytes
 * @param openFiles descriptors
 */
public record Bounds(long memory, long processorSeconds, long fileBytes, int openFiles) {
  /** What no image needs more of that can be told from an attack: a day's work, 16 TiB. */
  public static final Bounds DEFAULT = new Bounds(0, 24 * 3600, 1L << 44, 1024);

  /** Below that no Java VM goes on. */
  public static final long LEAST_MEMORY = 512L << 20;

  public Bounds {
    if (memory != 0 && memory < LEAST_MEMORY
        || processorSeconds < 1
        || fileBytes < 1
        || openFiles < 64) {
      throw new IllegalArgumentException("too little to begin anything with");
    }
  }

  public Bounds withMemory(long bytes) {
    return new Bounds(bytes, processorSeconds, fileBytes, openFiles);
  }

  public Bounds withProcessorSeconds(long seconds) {
    return new Bounds(memory, seconds, fileBytes, openFiles);
  }

  public Bounds withFileBytes(long bytes) {
    return new Bounds(memory, processorSeconds, bytes, openFiles);
  }
}
