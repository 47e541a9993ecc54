package dev.platter.image.node;

import dev.platter.image.IllegalOptionException;
import dev.platter.storage.Run;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.locks.LockSupport;

/**
 * Nothing of some size ({@code null-co}, {@code null-aio}): reads as zeros, and forgets what is
 * written. QEMU says that what is read is anything unless {@code read-zeroes} is on.
 */
final class NullStorage extends WritableStorage {
  private static final long USUAL_SIZE = 1L << 30;

  private final long size;
  private final long latencyNanos;

  private NullStorage(String name, long size, long latencyNanos) {
    super(name);
    this.size = size;
    this.latencyNanos = latencyNanos;
  }

  static NullStorage of(String name, NodeValues values) throws IllegalOptionException {
    long size = values.size("size", USUAL_SIZE);
    String latency = values.take("latency-ns");
    values.isOn("read-zeroes", false);
    values.refuseOthers("file");
    long nanos;
    try {
      nanos = latency == null ? 0 : Long.parseLong(latency);
    } catch (NumberFormatException e) {
      throw new IllegalOptionException("Parameter 'latency-ns' expects a number");
    }
    if (nanos < 0) {
      throw new IllegalOptionException("latency-ns is invalid");
    }
    return new NullStorage(name, size, nanos);
  }

  private void delay() {
    if (latencyNanos > 0) {
      LockSupport.parkNanos(latencyNanos);
    }
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public long allocatedSize() {
    return 0;
  }

  @Override
  public boolean readsZeroWhereUnwritten() {
    return true;
  }

  @Override
  public void truncate(long newSize) throws IOException {
    if (newSize != size) {
      throw new IOException(name() + ": its size cannot be changed");
    }
  }

  @Override
  protected long readSome(long offset, MemorySegment target) {
    delay();
    long count = Math.max(0, Math.min(target.byteSize(), size - offset));
    target.asSlice(0, count).fill((byte) 0);
    return count;
  }

  @Override
  protected Run findRun(long offset, long end) {
    return new Run(offset, end - offset, true);
  }

  @Override
  protected long writeSome(long offset, MemorySegment source) {
    delay();
    return source.byteSize();
  }

  @Override
  protected void zeroRange(long offset, long length) {
    delay();
  }

  @Override
  protected void allocateRange(long offset, long length) {
    delay();
  }

  @Override
  public void sync() {
    delay();
  }

  @Override
  public void close() {
    // There is nothing to give up.
  }
}
