package dev.platter.remote.nbd;

import dev.platter.image.Extent;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.GatheringByteChannel;
import java.nio.charset.StandardCharsets;

/** A message to the other side in the making, sent at once. For one thread at a time. */
final class Output {
  private final GatheringByteChannel channel;
  private ByteBuffer message;

  Output(GatheringByteChannel channel, int capacity) {
    this.channel = channel;
    this.message = ByteBuffer.allocateDirect(capacity);
  }

  Output putShort(int value) {
    room(Short.BYTES).putShort((short) value);
    return this;
  }

  Output putInt(int value) {
    room(Integer.BYTES).putInt(value);
    return this;
  }

  Output putLong(long value) {
    room(Long.BYTES).putLong(value);
    return this;
  }

  Output putBytes(byte[] bytes) {
    room(bytes.length).put(bytes);
    return this;
  }

  /** The bytes that a text takes. */
  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** Sends what was put, and forgets it. */
  void send() throws IOException {
    message.flip();
    while (message.hasRemaining()) {
      channel.write(message);
    }
    message.clear();
  }

  /** Sends what was put, and {@code payload} behind it. */
  void send(MemorySegment payload) throws IOException {
    message.flip();
    ByteBuffer[] both = {message, payload.asByteBuffer()};
    while (both[1].hasRemaining() || both[0].hasRemaining()) {
      channel.write(both);
    }
    message.clear();
  }

  /**
   * Sends what was put, and a payload behind it, from where that lies as far as the system can.
   *
   * @param buffer takes what must be read first; where {@code stored} is null it holds the payload
   */
  void send(MemorySegment buffer, Extent.Data stored) throws IOException {
    if (stored == null) {
      send(buffer);
      return;
    }
    send();
    long done = 0;
    while (done < stored.length()) {
      long count =
          stored.storage().send(stored.hostOffset() + done, stored.length() - done, channel);
      if (count <= 0) {
        break;
      }
      done += count;
    }
    if (done < stored.length()) {
      MemorySegment rest = buffer.asSlice(done);
      stored.storage().readFully(stored.hostOffset() + done, rest);
      send(rest);
    }
  }

  private ByteBuffer room(int bytes) {
    if (message.remaining() < bytes) {
      ByteBuffer larger = ByteBuffer.allocateDirect(2 * (message.capacity() + bytes));
      message = larger.put(message.flip());
    }
    return message;
  }
}
