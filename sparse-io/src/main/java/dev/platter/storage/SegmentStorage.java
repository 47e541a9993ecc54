package dev.platter.storage;

import java.lang.foreign.MemorySegment;

/** A piece of memory to read from, as it is, without a copy. The memory stays the caller's. */
public final class SegmentStorage extends Storage {
  private final MemorySegment bytes;

  public SegmentStorage(String name, MemorySegment bytes) {
    super(name);
    this.bytes = bytes;
  }

  @Override
  public long size() {
    return bytes.byteSize();
  }

  @Override
  protected long readSome(long offset, MemorySegment target) {
    long count = Math.min(target.byteSize(), bytes.byteSize() - offset);
    if (count > 0) {
      MemorySegment.copy(bytes, offset, target, 0, count);
    }
    return count;
  }

  @Override
  public void close() {}
}
