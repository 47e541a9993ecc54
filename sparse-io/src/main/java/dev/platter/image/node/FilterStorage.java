package dev.platter.image.node;

import dev.platter.storage.Run;
import dev.platter.storage.Storage;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * Passes everything on to what lies below it, asking before each request whether and when it may.
 * It can be written to where what lies below can.
 */
abstract class FilterStorage extends WritableStorage {
  /** What a request does. */
  enum Request {
    READ,
    WRITE,
    ZERO,
    FLUSH
  }

  private final Storage below;

  /**
   * @param below closed with this
   */
  FilterStorage(String name, Storage below) {
    super(name);
    this.below = below;
  }

  /**
   * Returns when a request may go on.
   *
   * @throws IOException if it fails
   */
  abstract void before(Request request, long offset, long length) throws IOException;

  /** What lies below. */
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
    before(Request.FLUSH, 0, 0);
    writable().sync();
  }

  @Override
  protected long readSome(long offset, MemorySegment target) throws IOException {
    before(Request.READ, offset, target.byteSize());
    return below.read(offset, target);
  }

  @Override
  protected Run findRun(long offset, long end) throws IOException {
    return below.runAt(offset, end);
  }

  @Override
  protected long writeSome(long offset, MemorySegment source) throws IOException {
    before(Request.WRITE, offset, source.byteSize());
    writable().write(offset, source);
    return source.byteSize();
  }

  @Override
  protected void zeroRange(long offset, long length) throws IOException {
    before(Request.ZERO, offset, length);
    writable().zero(offset, length);
  }

  @Override
  protected void allocateRange(long offset, long length) throws IOException {
    before(Request.ZERO, offset, length);
    writable().allocate(offset, length);
  }

  @Override
  public void close() throws IOException {
    below.close();
  }
}
