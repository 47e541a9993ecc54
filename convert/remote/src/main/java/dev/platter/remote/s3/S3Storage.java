package dev.platter.remote.s3;

import dev.platter.remote.ReadAhead;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/** An object for reading, as it was when it was opened. */
final class S3Storage extends Storage {
  private static final long AHEAD = 16L << 20;

  private final S3Object object;
  private final long size;
  private final ReadAhead windows;
  private volatile boolean closed;

  S3Storage(S3Object object, S3Object.Head head) {
    super(object.shown());
    this.object = object;
    this.size = head.size();
    this.windows =
        new ReadAhead(size, AHEAD, (offset, target) -> object.range(head, offset, target));
  }

  @Override
  public long size() throws IOException {
    requireOpen();
    return size;
  }

  private void requireOpen() throws IOException {
    if (closed) {
      throw new IOException(name() + " is closed");
    }
  }

  @Override
  protected long readSome(long offset, MemorySegment target) throws IOException {
    requireOpen();
    return offset >= size ? 0 : windows.read(offset, target);
  }

  @Override
  public void close() {
    closed = true;
  }

  @Override
  public String toString() {
    return object.shown();
  }
}
