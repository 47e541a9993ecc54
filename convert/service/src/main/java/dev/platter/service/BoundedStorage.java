package dev.platter.service;

import dev.platter.convert.Cancellation;
import dev.platter.service.ImportException.Reason;
import dev.platter.storage.ForwardingStorage;
import dev.platter.storage.Storage;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * A storage that takes as many bytes as an image may have and no more, and nothing once the import
 * is cancelled.
 */
final class BoundedStorage extends ForwardingStorage {
  private final long cap;
  private final Cancellation cancellation;

  /**
   * @param storage closed with this one
   */
  BoundedStorage(WritableStorage storage, long cap, Cancellation cancellation) {
    super(storage);
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
  public void truncate(long size) throws IOException {
    check(0, size);
    super.truncate(size);
  }

  @Override
  protected long writeSome(long offset, MemorySegment source) throws IOException {
    check(offset, source.byteSize());
    return super.writeSome(offset, source);
  }

  @Override
  protected void zeroRange(long offset, long length) throws IOException {
    check(offset, length);
    super.zeroRange(offset, length);
  }

  @Override
  protected void allocateRange(long offset, long length) throws IOException {
    check(offset, length);
    super.allocateRange(offset, length);
  }

  @Override
  protected long cloneRange(Storage source, long sourceOffset, long offset, long length)
      throws IOException {
    check(offset, length);
    return super.cloneRange(source, sourceOffset, offset, length);
  }

  @Override
  protected long copyRange(Storage source, long sourceOffset, long offset, long length)
      throws IOException {
    check(offset, length);
    return super.copyRange(source, sourceOffset, offset, length);
  }
}
