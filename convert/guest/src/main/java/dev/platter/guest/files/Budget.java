package dev.platter.guest.files;

import dev.platter.image.CorruptImageException;
import dev.platter.image.Fault;

/**
 * What looking into a disk may cost, so that a disk that lies (loops, huge counts) ends in an error
 * soon. A part of a budget is charged to the whole, too. Belongs to one thread.
 */
public final class Budget {
  private final Budget whole;
  private final long maxBytes;
  private final long maxSteps;
  private long bytes;
  private long steps;

  private Budget(Budget whole, long maxBytes, long maxSteps) {
    this.whole = whole;
    this.maxBytes = maxBytes;
    this.maxSteps = maxSteps;
  }

  /**
   * @param maxBytes bytes to read from the disk
   * @param maxSteps things to look at: structures, entries, pieces of 4 KiB
   */
  public static Budget of(long maxBytes, long maxSteps) {
    return new Budget(null, maxBytes, maxSteps);
  }

  /** A share for one volume, so that a bad one does not use up everything. */
  public Budget part(int divisor) {
    return new Budget(this, maxBytes / divisor, maxSteps / divisor);
  }

  /**
   * Begins anew, with the whole: for who goes on from one file to the next, where each may cost
   * what is allowed.
   */
  public void renew() {
    bytes = 0;
    steps = 0;
    if (whole != null) {
      whole.renew();
    }
  }

  /** Bytes read so far. */
  public long bytesRead() {
    return bytes;
  }

  void read(String name, long count) throws CorruptImageException {
    bytes += count;
    if (bytes > maxBytes) {
      throw Fault.on(name)
          .corrupt("looking into it takes more than " + maxBytes + " bytes of reading");
    }
    if (whole != null) {
      whole.read(name, count);
    }
  }

  void step(String name) throws CorruptImageException {
    steps(name, 1);
  }

  void steps(String name, long count) throws CorruptImageException {
    steps += count;
    if (steps > maxSteps) {
      throw Fault.on(name).corrupt("looking into it takes more than " + maxSteps + " steps");
    }
    if (whole != null) {
      whole.steps(name, count);
    }
  }
}
