package dev.platter.server.data;

import dev.platter.service.ImportException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;

/** A body of which only so many bytes may come. */
final class CappedBody implements ReadableByteChannel {
  private final ReadableByteChannel body;
  private long left;

  /**
   * @param body closed with this one
   */
  CappedBody(ReadableByteChannel body, long most) {
    this.body = body;
    left = most;
  }

  @Override
  public int read(ByteBuffer target) throws IOException {
    int count = body.read(target);
    left -= Math.max(0, count);
    if (left < 0) {
      throw new ImportException(
          ImportException.Reason.TOO_LARGE,
          "The size of the data exceeds the storage quota of the project.");
    }
    return count;
  }

  @Override
  public boolean isOpen() {
    return body.isOpen();
  }

  @Override
  public void close() throws IOException {
    body.close();
  }
}
