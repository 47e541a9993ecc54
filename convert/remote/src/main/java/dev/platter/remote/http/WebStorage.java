package dev.platter.remote.http;

import dev.platter.remote.ReadAhead;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/** A file of a server that gives ranges. */
final class WebStorage extends Storage {
  private final WebFile file;
  private final ReadAhead windows;
  private volatile boolean closed;

  /**
   * @param file closed with this
   * @param first its first bytes, which were read to learn its size
   */
  WebStorage(String name, WebFile file, long readAhead, byte[] first) {
    super(name);
    this.file = file;
    this.windows = new ReadAhead(file.size(), readAhead, file::range);
    windows.keep(0, first);
  }

  @Override
  public long size() {
    return file.size();
  }

  @Override
  protected long readSome(long offset, MemorySegment target) throws IOException {
    if (closed) {
      throw new IOException(name() + ": closed");
    }
    if (offset >= size()) {
      return 0;
    }
    try {
      return windows.read(offset, target);
    } catch (IOException e) {
      throw e.getCause() instanceof HttpException known
          ? new HttpException(known.getMessage(), known)
          : e;
    }
  }

  @Override
  public void close() {
    closed = true;
    file.close();
  }
}
