package dev.platter.service;

import dev.platter.convert.Cancellation;
import dev.platter.service.ImportException.Reason;
import dev.platter.storage.Run;
import dev.platter.storage.Storage;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * A storage that takes as many bytes as an image may have and no more, and nothing once the import
 * is cancelled.
 */
final class BoundedStorage extends WritableStorage {
  private final WritableStorage storage;
  private final long cap;
  private final Cancellation cancellation;

  /**
   * @param storage closed with this one
   */
  BoundedStorage(WritableStorage storage, long cap, Cancellation cancellation) {
    super(storage.name());
    this.storage = storage;
    this.cap = cap;
    this.cancellation = cancellation;
  }

  private void check(long offset, long length) throws ImportException {
    if (cancellation.isCancelled()) {
      throw new ImportException(Reason.CANCELLED, "the import was cancelled");
    }
    if (length > cap || offset > cap - length) {
      throw new ImportException(
          Reason.TOO_LARGE, "the image would have more than " + cap + " bytes as it is stored");
    }
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
  public void willNeed(long offset, long length) {
    storage.willNeed(offset, length);
  }

  @Override
  public void dontNeed(long offset, long length) {
    storage.dontNeed(offset, length);
  }

  @Override
  public void truncate(long size) throws IOException {
    check(0, size);
    storage.truncate(size);
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
    check(offset, source.byteSize());
    storage.write(offset, source);
    return source.byteSize();
  }

  @Override
  protected void zeroRange(long offset, long length) throws IOException {
    check(offset, length);
    storage.zero(offset, length);
  }

  @Override
  protected void allocateRange(long offset, long length) throws IOException {
    check(offset, length);
    storage.allocate(offset, length);
  }

  @Override
  protected long cloneRange(Storage source, long sourceOffset, long offset, long length)
      throws IOException {
    check(offset, length);
    return storage.cloneFrom(source, sourceOffset, offset, length);
  }

  @Override
  protected long copyRange(Storage source, long sourceOffset, long offset, long length)
      throws IOException {
    check(offset, length);
    return storage.copyFrom(source, sourceOffset, offset, length);
  }

  @Override
  public void close() throws IOException {
    storage.close();
  }
}
