package dev.platter.remote.nbd;

import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * What the other side sends, number by number: small things are read ahead, long payloads go
 * straight to where they belong. For one thread at a time.
 */
final class Input {
  private static final int AHEAD_BYTES = 8192;

  private final ReadableByteChannel channel;
  private final ByteBuffer ahead = ByteBuffer.allocateDirect(AHEAD_BYTES).flip();

  Input(ReadableByteChannel channel) {
    this.channel = channel;
  }

  /** Whether the other side has closed the connection before another byte. Waits for that byte. */
  boolean atEnd() throws IOException {
    if (ahead.hasRemaining()) {
      return false;
    }
    ahead.clear();
    int count = channel.read(ahead);
    ahead.flip();
    return count < 0;
  }

  int readShort() throws IOException {
    need(Short.BYTES);
    return Short.toUnsignedInt(ahead.getShort());
  }

  int readInt() throws IOException {
    need(Integer.BYTES);
    return ahead.getInt();
  }

  long readLong() throws IOException {
    need(Long.BYTES);
    return ahead.getLong();
  }

  /** Fills {@code target}. */
  void readFully(MemorySegment target) throws IOException {
    ByteBuffer rest = target.asByteBuffer();
    int first = Math.min(ahead.remaining(), rest.remaining());
    rest.put(ahead.slice(ahead.position(), first));
    ahead.position(ahead.position() + first);
    while (rest.hasRemaining()) {
      if (channel.read(rest) < 0) {
        throw ended();
      }
    }
  }

  /**
   * Text of so many bytes of UTF-8.
   *
   * @throws CharacterCodingException if that is not what they are
   */
  String readText(int length) throws IOException {
    byte[] bytes = new byte[length];
    readFully(MemorySegment.ofArray(bytes));
    return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
  }

  /** Passes over bytes. */
  void skip(long count) throws IOException {
    long left = count;
    while (left > 0) {
      need(1);
      int part = (int) Math.min(left, ahead.remaining());
      ahead.position(ahead.position() + part);
      left -= part;
    }
  }

  private void need(int count) throws IOException {
    if (ahead.remaining() >= count) {
      return;
    }
    ahead.compact();
    while (ahead.position() < count) {
      if (channel.read(ahead) < 0) {
        ahead.flip();
        throw ended();
      }
    }
    ahead.flip();
  }

  private static EOFException ended() {
    return new EOFException("the other side has closed the connection");
  }
}
