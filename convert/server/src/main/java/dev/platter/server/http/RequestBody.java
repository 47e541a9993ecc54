package dev.platter.server.http;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** The body of a request, whose failures are told from those of our own files. */
final class RequestBody extends FilterInputStream {
  RequestBody(InputStream input) {
    super(input);
  }

  @Override
  public int read() throws IOException {
    try {
      return super.read();
    } catch (IOException e) {
      throw new BrokenBodyException(e);
    }
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    try {
      return super.read(target, offset, length);
    } catch (IOException e) {
      throw new BrokenBodyException(e);
    }
  }
}
