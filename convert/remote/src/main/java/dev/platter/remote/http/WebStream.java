package dev.platter.remote.http;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.Map;
import java.util.OptionalLong;

/**
 * A file of a server that gives no ranges, as it comes, from its first byte to its last. Where the
 * answer breaks off, the file is asked for once more, if it can be told that it is the same, and
 * what came already is left out. For one thread.
 */
final class WebStream implements ReadableByteChannel {
  private static final int PART = 1 << 16;

  private final Requests client;
  private final WebFile.Reading reading;
  private final OptionalLong length;
  private final Map<String, String> identity;
  private final byte[] part = new byte[PART];
  private Answer body;
  private long position;
  private boolean closed;

  /**
   * @param client closed with this
   * @param answer to a request for the file; becomes this one's
   * @throws HttpException if its end could not be told
   */
  WebStream(Requests client, WebFile.Reading reading, Answer answer) throws HttpException {
    this.client = client;
    this.reading = reading;
    this.length = answer.length();
    this.identity = WebFile.identityOf(answer);
    boolean isChunked = WebFile.header(answer, "Transfer-Encoding").equalsIgnoreCase("chunked");
    if (length.isEmpty() && !isChunked) {
      throw new HttpException(
          "the server gives no ranges and does not say how long the file is: its end could not be"
              + " told from a broken connection");
    }
    this.body = answer;
  }

  /** How long the file is, where the server says so before its end. */
  OptionalLong length() {
    return length;
  }

  @Override
  public int read(ByteBuffer target) throws IOException {
    if (!target.hasRemaining()) {
      return 0;
    }
    return identity.isEmpty()
        ? readOn(target)
        : Attempts.repeated(reading.patience(), () -> readOn(target));
  }

  private int readOn(ByteBuffer target) throws IOException {
    try {
      if (body == null) {
        askAgain();
      }
      int count = body.read(ByteBuffer.wrap(part, 0, Math.min(PART, target.remaining())));
      if (count < 0 && length.orElse(position) != position) {
        throw WebFile.endsEarly(position, length.getAsLong());
      }
      if (count > 0) {
        reading.arrivals().arrived(position, MemorySegment.ofArray(part).asSlice(0, count));
        target.put(part, 0, count);
        position += count;
      }
      return count;
    } catch (IOException e) {
      drop();
      throw e;
    }
  }

  private void askAgain() throws IOException {
    Answer answer = client.get(Map.of());
    body = answer;
    if (answer.status() != 200) {
      throw Attempts.failed(answer.status());
    }
    WebFile.refuseEncoded(answer);
    boolean isSame = answer.length().equals(length) && WebFile.identityOf(answer).equals(identity);
    if (!isSame) {
      throw WebFile.changed();
    }
    for (long left = position; left > 0; ) {
      int count = body.read(ByteBuffer.wrap(part, 0, (int) Math.min(PART, left)));
      if (count < 0) {
        throw WebFile.endsEarly(position - left, length.orElse(position));
      }
      left -= count;
    }
  }

  private void drop() throws IOException {
    if (body != null) {
      body.close();
      body = null;
    }
  }

  @Override
  public boolean isOpen() {
    return !closed;
  }

  @Override
  public void close() throws IOException {
    closed = true;
    try (client) {
      drop();
    }
  }
}
