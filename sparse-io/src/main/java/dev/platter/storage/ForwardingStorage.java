package dev.platter.storage;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * A storage that passes everything on to another one; a subclass overrides what it does otherwise.
 * It owns the other one and closes it with itself.
 */
public abstract class ForwardingStorage extends WritableStorage {
  private final WritableStorage storage;

  /**
   * @param storage whose name this one takes, too
   */
  protected ForwardingStorage(WritableStorage storage) {
    super(Objects.requireNonNull(storage).name());
    this.storage = storage;
  }

  @Override
  public long size() throws IOException {
    return storage.size();
  }

  @Override
  public long allocatedSize() throws IOException {
    return storage.allocatedSize();
  }

  @Override
  public int alignment() {
    return storage.alignment();
  }

  @Override
  public boolean readsZeroWhereUnwritten() {
    return storage.readsZeroWhereUnwritten();
  }

  @Override
  public void truncate(long size) throws IOException {
    storage.truncate(size);
  }

  @Override
  public void willNeed(long offset, long length) {
    storage.willNeed(offset, length);
  }

  @Override
  public void dontNeed(long offset, long length) {
    storage.dontNeed(offset, length);
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
  protected Run findRun(long offset, long end) throws IOException {
    return storage.runAt(offset, end);
  }

  @Override
  protected long writeSome(long offset, MemorySegment source) throws IOException {
    storage.write(offset, source);
    return source.byteSize();
  }

  @Override
  protected void zeroRange(long offset, long length) throws IOException {
    storage.zero(offset, length);
  }

  @Override
  protected void allocateRange(long offset, long length) throws IOException {
    storage.allocate(offset, length);
  }

  @Override
  protected long cloneRange(Storage source, long sourceOffset, long offset, long length)
      throws IOException {
    return storage.cloneFrom(source, sourceOffset, offset, length);
  }

  @Override
  protected long copyRange(Storage source, long sourceOffset, long offset, long length)
      throws IOException {
    return storage.copyFrom(source, sourceOffset, offset, length);
  }

  @Override
  public void close() throws IOException {
    storage.close();
  }
}
