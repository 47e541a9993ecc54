package dev.platter.convert;

/**
 * How to convert. The result does not depend on the number of workers.
 *
 * @param workers threads that read, compress and write
 * @param sparseBytes how long a run of zeros inside data must be, and how aligned, to be left out;
 *     a power of two from 512; 0: nothing is left out, the whole disk is written
 * @param copyOffload whether stored runs are copied inside the system without looking for zeros in
 *     them
 * @param salvage whether what cannot be read counts as zeros
 * @param keepBacking whether what the source's top layer does not hold stays absent, the target
 *     having the same parent
 * @param bytesPerSecond a bound on the rate of reading; 0: none
 */
public record ConvertOptions(
    int workers,
    int sparseBytes,
    boolean copyOffload,
    boolean salvage,
    boolean keepBacking,
    long bytesPerSecond) {
  /** The smallest run of zeros that is left out by default, bytes. */
  public static final int DEFAULT_SPARSE_BYTES = 4096;

  public ConvertOptions {
    if (workers < 1) {
      throw new IllegalArgumentException("workers: " + workers);
    }
    if (sparseBytes != 0 && (sparseBytes < 512 || Integer.bitCount(sparseBytes) != 1)) {
      throw new IllegalArgumentException("sparseBytes: " + sparseBytes);
    }
  }

  /**
   * One worker a core. With more, a worker whose turn it is to write may be one that the system has
   * put aside, and the others wait for it.
   */
  public static ConvertOptions defaults() {
    return new ConvertOptions(
        Runtime.getRuntime().availableProcessors(), DEFAULT_SPARSE_BYTES, false, false, false, 0);
  }

  public ConvertOptions withWorkers(int count) {
    return new ConvertOptions(
        count, sparseBytes, copyOffload, salvage, keepBacking, bytesPerSecond);
  }

  public ConvertOptions withSparseBytes(int bytes) {
    return new ConvertOptions(workers, bytes, copyOffload, salvage, keepBacking, bytesPerSecond);
  }

  public ConvertOptions withCopyOffload(boolean offload) {
    return new ConvertOptions(workers, sparseBytes, offload, salvage, keepBacking, bytesPerSecond);
  }

  public ConvertOptions withSalvage(boolean chosen) {
    return new ConvertOptions(
        workers, sparseBytes, copyOffload, chosen, keepBacking, bytesPerSecond);
  }

  public ConvertOptions withKeepBacking(boolean keep) {
    return new ConvertOptions(workers, sparseBytes, copyOffload, salvage, keep, bytesPerSecond);
  }

  public ConvertOptions withBytesPerSecond(long rate) {
    return new ConvertOptions(workers, sparseBytes, copyOffload, salvage, keepBacking, rate);
  }
}
