package dev.platter.service.store;

import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Where an image's bytes go that is sent as it is written: in order, without going back. What is
 * skipped is sent as zeros. Used by one thread at a time.
 */
public abstract class OrderedStorage extends WritableStorage {
  private static final int PIECE = 256 << 10;
  private static final byte[] ZEROS = new byte[PIECE];

  private final byte[] piece = new byte[PIECE];
  private long size;

  protected OrderedStorage(String name) {
    super(name);
  }

  /**
   * Takes the next bytes.
   *
   * @param bytes are read before it returns, and not changed
   * @param length how many of them
   */
  protected abstract void append(byte[] bytes, int length) throws IOException;

  @Override
  public final long size() {
    return size;
  }

  @Override
  public final void truncate(long newSize) throws IOException {
    if (newSize < size) {
      throw new IOException(name() + ": what was sent cannot be cut off");
    }
    fillTo(newSize);
  }

  @Override
  public final boolean readsZeroWhereUnwritten() {
    return true;
  }

  @Override
  public final void sync() {
    // What counts is the commit.
  }

  @Override
  protected final long readSome(long offset, MemorySegment target) throws IOException {
    throw new IOException(name() + ": an object that is being written cannot be read");
  }

  @Override
  protected final long writeSome(long offset, MemorySegment source) throws IOException {
    fillTo(offset);
    int count = (int) Math.min(source.byteSize(), PIECE);
    MemorySegment.copy(source, ValueLayout.JAVA_BYTE, 0, piece, 0, count);
    append(piece, count);
    size += count;
    return count;
  }

  private void fillTo(long end) throws IOException {
    if (end < size) {
      throw new IOException(
          "%s: written at 0x%x after 0x%x; an object is written in order"
              .formatted(name(), end, size));
    }
    while (size < end) {
      int count = (int) Math.min(end - size, PIECE);
      append(ZEROS, count);
      size += count;
    }
  }

  @Override
  protected final void zeroRange(long offset, long length) throws IOException {
    fillTo(offset);
    fillTo(Math.addExact(offset, length));
  }

  @Override
  protected final void allocateRange(long offset, long length) throws IOException {
    fillTo(Math.addExact(offset, length));
  }

  @Override
  public void close() {
    // The writer decides what becomes of the object.
  }
}
