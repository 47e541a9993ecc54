package dev.platter.image.support;

import dev.platter.image.BlockMap;
import dev.platter.image.Extent;
import dev.platter.image.spi.Allocation;
import dev.platter.image.spi.LiveImage;
import dev.platter.storage.Barrier;
import dev.platter.storage.Run;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.util.List;

/**
 * A plain file in use whose bytes are the disk's, or the disk's in front of something else: there
 * are no books, each byte has its place.
 */
public final class LivePlain implements LiveImage, BlockMap {
  /** Up to this length nobody asks for holes: reading is faster. */
  private static final long LOOKED_AT = 1 << 16;

  private final WritableStorage storage;
  private final Barrier barrier;
  private final long size;

  /**
   * @param storage stays the caller's
   * @param size of the disk, bytes; what the storage lacks at its end is zeros
   */
  public LivePlain(WritableStorage storage, long size) {
    this.storage = storage;
    this.barrier = new Barrier(List.of(storage));
    this.size = size;
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public int blockSize() {
    return 1;
  }

  @Override
  public BlockMap map() {
    return this;
  }

  @Override
  public Extent extentAt(long offset, long limit) throws IOException {
    if (limit - offset > LOOKED_AT) {
      long end = Math.min(limit, storage.size());
      if (offset >= end) {
        return new Extent.Zero(offset, limit - offset);
      }
      Run run = storage.runAt(offset, end);
      if (run.hole()) {
        return new Extent.Zero(offset, run.length(), offset);
      }
      return new Extent.Data(offset, run.length(), storage, offset);
    }
    return new Extent.Data(offset, limit - offset, storage, offset);
  }

  @Override
  public Extent placeAt(long offset, long limit) {
    return new Extent.Data(offset, limit - offset, storage, offset);
  }

  @Override
  public Allocation allocate(long offset, long length, Use use) {
    return Allocation.Settled.at(new Extent.Data(offset, length, storage, offset), storage);
  }

  @Override
  public void commit(Allocation done) {}

  @Override
  public void abandon(Allocation undone) {}

  @Override
  public void flush() throws IOException {
    barrier.pass();
  }

  @Override
  public void close() throws IOException {
    flush();
  }
}
