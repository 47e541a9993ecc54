package dev.platter.storage;

import java.io.Closeable;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.Objects;

/**
 * Bytes that come once, in order, and end where they end: a pipe, a socket, a decompressed stream.
 * For one thread at a time.
 */
public final class StreamSource implements Closeable {
  private static final int PART = 1 << 20;

  private final String name;
  private final ReadableByteChannel channel;
  private long position;

  /**
   * @param name how error messages call it
   * @param channel a blocking channel; closed with this source
   */
  public StreamSource(String name, ReadableByteChannel channel) {
    this.name = Objects.requireNonNull(name);
    this.channel = channel;
  }

  /** The standard input of this process. */
  public static StreamSource standardInput() {
    return new StreamSource("standard input", new FileInputStream(FileDescriptor.in).getChannel());
  }

  /** How error messages call it. */
  public String name() {
    return name;
  }

  /** How many bytes were read. */
  public long position() {
    return position;
  }

  /**
   * Reads the next bytes into {@code target}, which the caller owns, waiting until it is full or
   * the stream ends.
   *
   * @return how many; less than asked only at the end of the stream
   */
  public long read(MemorySegment target) throws IOException {
    long done = 0;
    while (done < target.byteSize()) {
      ByteBuffer part =
          target.asSlice(done, Math.min(PART, target.byteSize() - done)).asByteBuffer();
      int count;
      try {
        count = channel.read(part);
      } catch (IOException e) {
        throw SystemException.of(name, "read at 0x" + Long.toHexString(position), e);
      }
      if (count < 0) {
        break;
      }
      done += count;
      position += count;
    }
    return done;
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
