package dev.platter.image.node;

import dev.platter.storage.ForwardingStorage;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * Passes everything on to what lies below it, asking before each request whether and when it may.
 * It can be written to where what lies below can.
 */
abstract class FilterStorage extends ForwardingStorage {
  /** What a request does. */
  enum Request {
    READ,
    WRITE,
    ZERO,
    FLUSH
  }

  /**
   * @param below closed with this
   */
  FilterStorage(String name, Storage below) {
    super(name, below);
  }

  /**
   * Returns when a request may go on.
   *
   * @throws IOException if it fails
   */
  abstract void before(Request request, long offset, long length) throws IOException;

  @Override
  public void sync() throws IOException {
    before(Request.FLUSH, 0, 0);
    super.sync();
  }

  @Override
  protected long readSome(long offset, MemorySegment target) throws IOException {
    before(Request.READ, offset, target.byteSize());
    return super.readSome(offset, target);
  }

  @Override
  protected long writeSome(long offset, MemorySegment source) throws IOException {
    before(Request.WRITE, offset, source.byteSize());
    return super.writeSome(offset, source);
  }

  @Override
  protected void zeroRange(long offset, long length) throws IOException {
    before(Request.ZERO, offset, length);
    super.zeroRange(offset, length);
  }

  @Override
  protected void allocateRange(long offset, long length) throws IOException {
    before(Request.ZERO, offset, length);
    super.allocateRange(offset, length);
  }

  /** Nothing goes by without being asked. */
  @Override
  protected long cloneRange(Storage source, long sourceOffset, long offset, long length) {
    return 0;
  }

  /** Nothing goes by without being asked. */
  @Override
  protected long copyRange(Storage source, long sourceOffset, long offset, long length) {
    return 0;
  }
}
