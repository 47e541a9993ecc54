package dev.platter.server.http;

import java.io.IOException;
import java.io.OutputStream;
import java.util.function.LongFunction;

/**
 * The content of an answer whose length is not known beforehand. A short one is sent whole, with
 * its length; a long one as it is made, so that memory does not grow with it.
 */
final class AnswerStream extends OutputStream {
  private static final int SHORT = 32 << 10;

  private final LongFunction<OutputStream> begin;
  private final byte[] buffer = new byte[SHORT];
  private int filled;
  private OutputStream output;
  private boolean closed;

  /**
   * @param begin begins the answer, of so many bytes; -1: nobody knows how many
   */
  AnswerStream(LongFunction<OutputStream> begin) {
    this.begin = begin;
  }

  @Override
  public void write(int value) throws IOException {
    if (filled == SHORT) {
      send();
    }
    buffer[filled++] = (byte) value;
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    for (int done = 0; done < length; ) {
      if (filled == SHORT) {
        send();
      }
      int part = Math.min(length - done, SHORT - filled);
      System.arraycopy(bytes, offset + done, buffer, filled, part);
      filled += part;
      done += part;
    }
  }

  private void send() throws IOException {
    if (output == null) {
      output = begin.apply(-1);
    }
    output.write(buffer, 0, filled);
    filled = 0;
  }

  @Override
  public void close() throws IOException {
    if (closed) {
      return;
    }
    closed = true;
    if (output == null) {
      output = begin.apply(filled);
    }
    send();
    output.close();
  }
}
