package dev.platter.server.data;

import dev.platter.service.ImportException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** A body of which only so many bytes may come. */
final class CappedInput extends FilterInputStream {
  private long left;

  CappedInput(InputStream input, long most) {
    super(input);
    left = most;
  }

  @Override
  public int read() throws IOException {
    int value = in.read();
    take(value < 0 ? 0 : 1);
    return value;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    int count = in.read(bytes, offset, length);
    take(Math.max(0, count));
    return count;
  }

  private void take(int count) throws ImportException {
    left -= count;
    if (left < 0) {
      throw new ImportException(
          ImportException.Reason.TOO_LARGE,
          "The size of the data exceeds the storage quota of the project.");
    }
  }
}
