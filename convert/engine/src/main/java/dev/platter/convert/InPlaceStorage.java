package dev.platter.convert;

import dev.platter.storage.FileStorage;
import dev.platter.storage.ForwardingStorage;
import dev.platter.storage.Storage;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * A file or device that is written in place: what was never written there reads as zeros only where
 * the caller knows that it does, whatever the file alone would say. It may be one that is to be
 * empty, and is emptied as late as possible: as long as nothing was written, nothing is lost.
 */
final class InPlaceStorage extends ForwardingStorage {
  private final boolean isZero;
  private volatile boolean full;

  InPlaceStorage(WritableStorage file, boolean isZero) {
    this(file, isZero, false);
  }

  private InPlaceStorage(WritableStorage file, boolean isZero, boolean full) {
    super(file);
    this.isZero = isZero;
    this.full = full;
  }

  /** A file whose content is gone with the first change, and not there until then. */
  static InPlaceStorage emptied(FileStorage file) {
    return new InPlaceStorage(file, true, true);
  }

  private void makeEmpty() throws IOException {
    if (full) {
      synchronized (this) {
        if (full) {
          super.truncate(0);
          full = false;
        }
      }
    }
  }

  @Override
  public boolean readsZeroWhereUnwritten() {
    return isZero;
  }

  @Override
  public long size() throws IOException {
    return full ? 0 : super.size();
  }

  @Override
  public void truncate(long size) throws IOException {
    makeEmpty();
    super.truncate(size);
  }

  @Override
  protected long readSome(long offset, MemorySegment target) throws IOException {
    return full ? 0 : super.readSome(offset, target);
  }

  @Override
  protected long writeSome(long offset, MemorySegment source) throws IOException {
    makeEmpty();
    return super.writeSome(offset, source);
  }

  @Override
  protected void zeroRange(long offset, long length) throws IOException {
    makeEmpty();
    super.zeroRange(offset, length);
  }

  @Override
  protected void allocateRange(long offset, long length) throws IOException {
    makeEmpty();
    super.allocateRange(offset, length);
  }

  @Override
  protected long cloneRange(Storage source, long sourceOffset, long offset, long length)
      throws IOException {
    makeEmpty();
    return super.cloneRange(source, sourceOffset, offset, length);
  }

  @Override
  protected long copyRange(Storage source, long sourceOffset, long offset, long length)
      throws IOException {
    makeEmpty();
    return super.copyRange(source, sourceOffset, offset, length);
  }
}
