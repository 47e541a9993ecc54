package dev.platter.storage;

import java.io.Closeable;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.Arrays;
import java.util.Objects;
import java.util.OptionalLong;

/**
 * Bytes that come once, in order, and end where they end: a pipe, a socket, a decompressed stream,
 * or a file that is read as if it were one. For one thread at a time.
 *
 * <p>The beginning can be looked at before it is read ({@link #head}), and the last bytes that were
 * read are kept ({@link #tail}): that is what formats are told by.
 */
public final class StreamSource implements Closeable {
  private static final int PART = 1 << 20;

  /** How many of the last bytes are kept. */
  public static final int TAIL_BYTES = 4096;

  private final String name;
  private final ReadableByteChannel channel;
  private final OptionalLong size;
  private MemorySegment ahead = MemorySegment.NULL;
  private byte[] tail = new byte[0];
  private long position;
  private Watcher watcher = bytes -> {};

  /** Sees what passes by. */
  @FunctionalInterface
  public interface Watcher {
    /**
     * @param bytes what comes next, good until this returns
     */
    void take(MemorySegment bytes) throws IOException;
  }

  /**
   * @param name how error messages call it
   * @param channel a blocking channel; closed with this source
   * @param size how many bytes it will have, where that is known; whoever says so sees to it
   */
  public StreamSource(String name, ReadableByteChannel channel, OptionalLong size) {
    this.name = Objects.requireNonNull(name);
    this.channel = channel;
    this.size = size;
  }

  /** A source of which nobody knows how long it is. */
  public StreamSource(String name, ReadableByteChannel channel) {
    this(name, channel, OptionalLong.empty());
  }

  /** The standard input of this process. */
  public static StreamSource standardInput() {
    return new StreamSource("standard input", new FileInputStream(FileDescriptor.in).getChannel());
  }

  /** A storage from its first byte to its last; it stays the caller's. */
  public static StreamSource of(Storage storage) throws IOException {
    return new StreamSource(
        storage.name(), new StorageChannel(storage), OptionalLong.of(storage.size()));
  }

  /** How error messages call it. */
  public String name() {
    return name;
  }

  /** How many bytes it has in all, where that is known before they are read. */
  public OptionalLong size() {
    return size;
  }

  /** How many bytes were read. */
  public long position() {
    return position;
  }

  /**
   * The bytes that come next, which stay to be read.
   *
   * @param most how many; fewer only where the stream ends before
   * @return read-only, good until the next call
   */
  public MemorySegment head(int most) throws IOException {
    if (ahead.byteSize() < most) {
      MemorySegment more = MemorySegment.ofArray(new byte[most]);
      MemorySegment.copy(ahead, 0, more, 0, ahead.byteSize());
      long count = ahead.byteSize() + fill(more.asSlice(ahead.byteSize()));
      ahead = more.asSlice(0, count);
    }
    return ahead.asSlice(0, Math.min(most, ahead.byteSize())).asReadOnly();
  }

  /** The last bytes that were read, at most {@link #TAIL_BYTES}. */
  public MemorySegment tail() {
    return MemorySegment.ofArray(tail).asReadOnly();
  }

  /**
   * Reads the next bytes into {@code target}, which the caller owns, waiting until it is full or
   * the stream ends.
   *
   * @return how many; less than asked only at the end of the stream
   */
  public long read(MemorySegment target) throws IOException {
    long done = Math.min(ahead.byteSize(), target.byteSize());
    MemorySegment.copy(ahead, 0, target, 0, done);
    ahead = ahead.asSlice(done);
    done += fill(target.asSlice(done));
    position += done;
    keepTail(target.asSlice(0, done));
    watcher.take(target.asSlice(0, done));
    return done;
  }

  /** Shows all that is read from now on, once. */
  public void watch(Watcher by) {
    watcher = by;
  }

  /** Reads up to the end, and so sees whether the rest is sound. */
  public void drain() throws IOException {
    MemorySegment part = MemorySegment.ofArray(new byte[1 << 16]);
    long count;
    do {
      count = read(part);
    } while (count == part.byteSize());
  }

  /** The same bytes as an {@link InputStream}; closing it closes this source. */
  public InputStream asInputStream() {
    return new InputStream() {
      @Override
      public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
      }

      @Override
      public int read(byte[] target, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, target.length);
        long count = StreamSource.this.read(MemorySegment.ofArray(target).asSlice(offset, length));
        return count == 0 && length > 0 ? -1 : (int) count;
      }

      @Override
      public void close() throws IOException {
        StreamSource.this.close();
      }
    };
  }

  private long fill(MemorySegment target) throws IOException {
    long done = 0;
    while (done < target.byteSize()) {
      ByteBuffer part =
          target.asSlice(done, Math.min(PART, target.byteSize() - done)).asByteBuffer();
      int count;
      try {
        count = channel.read(part);
      } catch (IOException e) {
        throw SystemException.of(name, "read at 0x" + Long.toHexString(position + done), e);
      }
      if (count < 0) {
        break;
      }
      done += count;
    }
    return done;
  }

  private void keepTail(MemorySegment last) {
    int fresh = (int) Math.min(TAIL_BYTES, last.byteSize());
    int kept = Math.min(tail.length, TAIL_BYTES - fresh);
    byte[] bytes = Arrays.copyOfRange(tail, tail.length - kept, tail.length + fresh);
    MemorySegment.copy(last, last.byteSize() - fresh, MemorySegment.ofArray(bytes), kept, fresh);
    tail = bytes;
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }

  /** Reads a storage from front to back. */
  private static final class StorageChannel implements ReadableByteChannel {
    private final Storage storage;
    private long position;
    private boolean closed;

    StorageChannel(Storage storage) {
      this.storage = storage;
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
      int length = target.remaining();
      int count = (int) storage.read(position, MemorySegment.ofBuffer(target));
      position += count;
      target.position(target.position() + count);
      return count == 0 && length > 0 ? -1 : count;
    }

    @Override
    public boolean isOpen() {
      return !closed;
    }

    @Override
    public void close() {
      closed = true;
    }
  }
}
