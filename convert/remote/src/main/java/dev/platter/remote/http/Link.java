package dev.platter.remote.http;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.net.ProtocolException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** A connection to a server, read by lines or by bytes. For one thread at a time. */
final class Link implements Closeable {
  private static final int BUFFER_BYTES = 16 << 10;
  private static final int MOST_LINE = 32 << 10;

  private final Wire wire;

  /** What has come and was not yet taken. */
  private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES).limit(0);

  private long idleSince;

  /**
   * @param wire closed with this
   */
  Link(Wire wire) {
    this.wire = wire;
  }

  void send(String text) throws IOException {
    write(ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII)));
  }

  void write(ByteBuffer bytes) throws IOException {
    wire.write(bytes);
  }

  /**
   * Waits until something comes.
   *
   * @throws EOFException if nothing does
   */
  void await() throws IOException {
    if (buffer.hasRemaining()) {
      return;
    }
    buffer.clear();
    int count;
    try {
      count = wire.read(buffer);
    } finally {
      buffer.flip();
    }
    if (count < 0) {
      throw new EOFException("the server ended the connection");
    }
  }

  /**
   * A line without its end.
   *
   * @param until when all of it must be there, by {@link System#nanoTime}
   */
  String line(long until) throws IOException {
    StringBuilder line = new StringBuilder();
    while (true) {
      if (!buffer.hasRemaining() && System.nanoTime() - until > 0) {
        throw new SocketTimeoutException("a line that does not end");
      }
      await();
      char next = (char) (buffer.get() & 0xff);
      if (next == '\n') {
        int length = line.length();
        boolean hasReturn = length > 0 && line.charAt(length - 1) == '\r';
        return line.substring(0, hasReturn ? length - 1 : length);
      }
      if (line.length() == MOST_LINE) {
        throw new ProtocolException("a line of more than " + MOST_LINE + " bytes");
      }
      line.append(next);
    }
  }

  /**
   * Reads some bytes, at least one.
   *
   * @return how many; -1 at the end
   */
  int read(ByteBuffer target) throws IOException {
    if (!buffer.hasRemaining()) {
      return wire.read(target);
    }
    int count = Math.min(buffer.remaining(), target.remaining());
    target.put(buffer.slice(buffer.position(), count));
    buffer.position(buffer.position() + count);
    return count;
  }

  /** Notes that nothing is asked for from now on. */
  void rest() {
    idleSince = System.nanoTime();
  }

  /** Whether another request may be sent. */
  boolean isFit(long mostIdleNanos) {
    return System.nanoTime() - idleSince < mostIdleNanos
        && !buffer.hasRemaining()
        && wire.isQuiet();
  }

  boolean isEmpty() {
    return !buffer.hasRemaining();
  }

  @Override
  public void close() {
    wire.close();
  }
}
