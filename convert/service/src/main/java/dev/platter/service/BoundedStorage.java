package dev.platter.service;

import dev.platter.convert.Cancellation;
import dev.platter.service.ImportException.Reason;
import dev.platter.storage.ForwardingStorage;
import dev.platter.storage.Storage;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A storage that takes as many bytes as an image may have and no more, nothing once the import is
 * cancelled, and nothing that leaves too little room.
 */
final class BoundedStorage extends ForwardingStorage {
  private final long cap;
  private final Room room;
  private final Cancellation cancellation;
  private final AtomicLong untilAsked = new AtomicLong();

  /**
   * @param storage closed with this one
   */
  BoundedStorage(WritableStorage storage, long cap, Room room, Cancellation cancellation) {
    super(storage);
    this.cap = cap;
    this.room = room;
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

  private void grow(long offset, long length) throws IOException {
    check(offset, length);
    if (untilAsked.addAndGet(-length) < 0) {
      untilAsked.set(Room.STEP);
      room.require();
    }
  }

  @Override
  public void truncate(long size) throws IOException {
    check(0, size);
    super.truncate(size);
  }

  @Override
  protected long writeSome(long offset, MemorySegment source) throws IOException {
    grow(offset, source.byteSize());
    return super.writeSome(offset, source);
  }

  @Override
  protected void zeroRange(long offset, long length) throws IOException {
    check(offset, length);
    super.zeroRange(offset, length);
  }

  @Override
  protected void allocateRange(long offset, long length) throws IOException {
    grow(offset, length);
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
    grow(offset, length);
    return super.copyRange(source, sourceOffset, offset, length);
  }
}
