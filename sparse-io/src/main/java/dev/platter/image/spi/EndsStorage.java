package dev.platter.image.spi;

import dev.platter.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * What is known of a stream once it has passed: how it began and how it ended. For any number of
 * threads.
 */
public final class EndsStorage extends Storage {
  private final MemorySegment head;
  private final MemorySegment tail;
  private final long size;

  /**
   * What has passed.
   *
   * @param head its first bytes
   * @param tail its last bytes
   * @param size of all of it
   */
  public EndsStorage(String name, MemorySegment head, MemorySegment tail, long size) {
    super(name);
    this.head = head;
    this.tail = tail;
    this.size = size;
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  protected long readSome(long offset, MemorySegment target) throws IOException {
    if (offset >= size) {
      return 0;
    }
    boolean inHead = offset < head.byteSize();
    MemorySegment part = inHead ? head : tail;
    long start = inHead ? 0 : size - tail.byteSize();
    if (offset < start) {
      throw new IOException(name() + ": 0x" + Long.toHexString(offset) + " has passed");
    }
    long count = Math.min(target.byteSize(), part.byteSize() - (offset - start));
    MemorySegment.copy(part, offset - start, target, 0, count);
    return count;
  }

  @Override
  public void close() {}
}
