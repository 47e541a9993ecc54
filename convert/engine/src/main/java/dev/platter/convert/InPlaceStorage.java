package dev.platter.convert;

import dev.platter.storage.FileStorage;
import dev.platter.storage.Run;
import dev.platter.storage.Storage;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * A file or device that is written in place: what was never written there reads as zeros only where
 * the caller knows that it does, whatever the file alone would say.
 */
final class InPlaceStorage extends WritableStorage {
  private final FileStorage file;
  private final boolean isZero;

  InPlaceStorage(FileStorage file, boolean isZero) {
    super(file.name());
    this.file = file;
    this.isZero = isZero;
  }

  @Override
  public boolean readsZeroWhereUnwritten() {
    return isZero;
  }

  @Override
  public long size() throws IOException {
    return file.size();
  }

  @Override
  public long allocatedSize() throws IOException {
    return file.allocatedSize();
  }

  @Override
  public int alignment() {
    return file.alignment();
  }

  @Override
  public void truncate(long size) throws IOException {
    file.truncate(size);
  }

  @Override
  public void willNeed(long offset, long length) {
    file.willNeed(offset, length);
  }

  @Override
  public void dontNeed(long offset, long length) {
    file.dontNeed(offset, length);
  }

  @Override
  public void sync() throws IOException {
    file.sync();
  }

  @Override
  protected long readSome(long offset, MemorySegment target) throws IOException {
    return file.read(offset, target);
  }

  @Override
  protected Run findRun(long offset, long end) throws IOException {
    return file.runAt(offset, end);
  }

  @Override
  protected long writeSome(long offset, MemorySegment source) throws IOException {
    file.write(offset, source);
    return source.byteSize();
  }

  @Override
  protected void zeroRange(long offset, long length) throws IOException {
    file.zero(offset, length);
  }

  @Override
  protected void allocateRange(long offset, long length) throws IOException {
    file.allocate(offset, length);
  }

  @Override
  protected long cloneRange(Storage source, long sourceOffset, long offset, long length)
      throws IOException {
    return file.cloneFrom(source, sourceOffset, offset, length);
  }

  @Override
  protected long copyRange(Storage source, long sourceOffset, long offset, long length)
      throws IOException {
    return file.copyFrom(source, sourceOffset, offset, length);
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
