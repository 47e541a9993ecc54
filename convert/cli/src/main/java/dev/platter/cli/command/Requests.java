package dev.platter.cli.command;

/**
 * The requests of one {@code bench}.
 *
 * @param count how many
 * @param depth how many at a time
 * @param offset where the first begins
 * @param bytes of each
 * @param step from one's begin to the next one's
 * @param flushInterval after how many a flush comes; 0: none does
 * @param flushesAmid whether a flush does not wait for the requests before it
 */
record Requests(
    int count,
    int depth,
    long offset,
    int bytes,
    int step,
    int flushInterval,
    boolean flushesAmid) {
  /** Where the request after one at {@code offset} begins, on a disk of {@code size} bytes. */
  long next(long offset, long size) {
    return size <= bytes ? 0 : (offset + step) % (size - bytes);
  }

  /** What qemu-img says before it begins. */
  String describe(String kind) {
    return "Sending "
        + count
        + " "
        + kind
        + " requests, "
        + bytes
        + " bytes each, "
        + depth
        + " in parallel (starting at offset "
        + offset
        + ", step size "
        + step
        + ")";
  }
}
