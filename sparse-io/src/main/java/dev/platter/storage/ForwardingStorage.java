package dev.platter.storage;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import java.util.Optional;

/**
 * A storage that passes everything on to another one; a subclass overrides what it does otherwise.
 * It owns the other one and closes it with itself.
 */
public abstract class ForwardingStorage extends WritableStorage {
  private final Storage below;

  /**
   * @param storage whose name this one takes, too
   */
  protected ForwardingStorage(WritableStorage storage) {
    this(Objects.requireNonNull(storage).name(), storage);
  }

  /**
   * @param below what everything is passed on to; what changes it fails where it can only be read
   */
  protected ForwardingStorage(String name, Storage below) {
    super(name);
    this.below = Objects.requireNonNull(below);
  }

  /** What everything is passed on to. */
  public final Storage below() {
    return below;
  }

  private WritableStorage writable() throws IOException {
    if (below instanceof WritableStorage storage) {
      return storage;
    }
    throw new IOException(name() + ": can only be read");
  }

  @Override
  public long size() throws IOException {
    return below.size();
  }

  @Override
  public long allocatedSize() throws IOException {
    return below.allocatedSize();
  }

  @Override
  public Optional<StorageSnapshots> snapshots() {
    return below.snapshots();
  }

  @Override
  public int alignment() {
    return below.alignment();
  }

  @Override
  public boolean readsZeroWhereUnwritten() {
    return below instanceof WritableStorage storage && storage.readsZeroWhereUnwritten();
  }

  @Override
  public void truncate(long size) throws IOException {
    writable().truncate(size);
  }

  @Override
  public void willNeed(long offset, long length) {
    below.willNeed(offset, length);
  }

  @Override
  public void dontNeed(long offset, long length) {
    below.dontNeed(offset, length);
  }

  @Override
  public void sync() throws IOException {
    writable().sync();
  }

  @Override
  protected long readSome(long offset, MemorySegment target) throws IOException {
    return below.read(offset, target);
  }

  @Override
  protected Run findRun(long offset, long end) throws IOException {
    return below.runAt(offset, end);
  }

  @Override
  protected long writeSome(long offset, MemorySegment source) throws IOException {
    writable().write(offset, source);
    return source.byteSize();
  }

  @Override
  protected void zeroRange(long offset, long length) throws IOException {
    writable().zero(offset, length);
  }

  @Override
  protected void allocateRange(long offset, long length) throws IOException {
    writable().allocate(offset, length);
  }

  @Override
  protected long cloneRange(Storage source, long sourceOffset, long offset, long length)
      throws IOException {
    return writable().cloneFrom(source, sourceOffset, offset, length);
  }

  @Override
  protected long copyRange(Storage source, long sourceOffset, long offset, long length)
      throws IOException {
    return writable().copyFrom(source, sourceOffset, offset, length);
  }

  @Override
  public void close() throws IOException {
    below.close();
  }
}
