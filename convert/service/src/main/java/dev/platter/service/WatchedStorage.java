package dev.platter.service;

import dev.platter.service.inspect.ImageInspector;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A storage whose bytes are digested and inspected as they are written: they come in order, and
 * what is skipped is zeros.
 */
final class WatchedStorage extends WritableStorage {
  private static final int ZEROS = 64 << 10;

  private final WritableStorage storage;
  private final Digests digests;
  private final ImageInspector inspector;
  private long position;

  /** All three stay the caller's. */
  WatchedStorage(WritableStorage storage, Digests digests, ImageInspector inspector) {
    super(storage.name());
    this.storage = storage;
    this.digests = digests;
    this.inspector = inspector;
  }

  /** Sees zeros up to {@code offset}. */
  private void skipTo(long offset) throws IOException {
    if (offset <= position) {
      return;
    }
    digests.addZeros(offset - position);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment zeros = arena.allocate(ZEROS);
      for (long left = offset - position; left > 0; left -= ZEROS) {
        inspector.feed(zeros.asSlice(0, Math.min(ZEROS, left)));
      }
    }
    position = offset;
  }

  @Override
  public synchronized long size() {
    return position;
  }

  @Override
  public boolean readsZeroWhereUnwritten() {
    return true;
  }

  @Override
  public synchronized void truncate(long size) throws IOException {
    storage.truncate(size);
    skipTo(size);
  }

  @Override
  public void sync() throws IOException {
    storage.sync();
  }

  @Override
  protected long readSome(long offset, MemorySegment target) throws IOException {
    return storage.read(offset, target);
  }

  @Override
  protected synchronized long writeSome(long offset, MemorySegment source) throws IOException {
    skipTo(offset);
    digests.addCopy(source);
    inspector.feed(source);
    storage.write(offset, source);
    position += source.byteSize();
    return source.byteSize();
  }

  @Override
  protected synchronized void zeroRange(long offset, long length) throws IOException {
    storage.zero(offset, length);
    skipTo(offset + length);
  }

  @Override
  protected void allocateRange(long offset, long length) throws IOException {
    storage.allocate(offset, length);
  }

  @Override
  public void close() throws IOException {
    storage.close();
  }
}
