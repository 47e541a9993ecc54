package dev.platter.storage;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;

/**
 * A pipe, a socket, a terminal: bytes go out in ascending order and can not be read back. What is
 * skipped is sent as zeros; a write before the bytes already sent is refused. Threads take turns,
 * and whoever calls sees to the order.
 */
public final class SequentialStorage extends WritableStorage {
  private static final int PART = 1 << 20;

  /** Fewer zeros, bytes, are copied sooner than their pages are handed over. */
  private static final int LEAST_SPLICED = 16 << 10;

  private final WritableByteChannel channel;
  private long position;
  private ByteBuffer zeros;
  private StreamSource.Watcher watcher;

  /**
   * @param name how error messages call it
   * @param channel a blocking channel; closed with this storage
   */
  public SequentialStorage(String name, WritableByteChannel channel) {
    super(name);
    this.channel = channel;
  }

  /**
   * The standard output of this process. From now on it is for this storage alone: what else is
   * printed there goes to standard error.
   */
  public static SequentialStorage standardOutput() {
    return new SequentialStorage("standard output", OutputChannel.take());
  }

  /** Shows all that goes out from now on. */
  public synchronized void watch(StreamSource.Watcher by) {
    watcher = by;
  }

  /**
   * Whether bytes of files get there without passing through this process ({@link #copyFrom}):
   * where it is a pipe, and nobody watches.
   */
  public synchronized boolean takesPages() {
    return watcher == null && channel instanceof OutputChannel output && output.isPipe();
  }

  /** How many bytes went out. */
  @Override
  public synchronized long size() {
    return position;
  }

  @Override
  protected long readSome(long offset, MemorySegment target) throws IOException {
    throw new IOException(name() + ": a stream that is being written can not be read");
  }

  @Override
  protected synchronized long writeSome(long offset, MemorySegment source) throws IOException {
    long length = Math.min(source.byteSize(), PART);
    sendZerosUpTo(offset);
    send(source.asSlice(0, length).asByteBuffer());
    return length;
  }

  @Override
  protected synchronized void zeroRange(long offset, long length) throws IOException {
    sendZerosUpTo(offset);
    sendZerosUpTo(Math.addExact(offset, length));
  }

  @Override
  protected synchronized long copyRange(Storage source, long sourceOffset, long offset, long length)
      throws IOException {
    if (!takesPages() || !(source instanceof FileStorage file)) {
      return 0;
    }
    sendZerosUpTo(offset);
    OutputChannel pipe = (OutputChannel) channel;
    long done = 0;
    while (done < length) {
      long count = pipe.splice(file, sourceOffset + done, length - done);
      if (count == 0) {
        break;
      }
      position += count;
      done += count;
    }
    return done;
  }

  /** Nothing can be reserved ahead on a stream; what is skipped is sent later. */
  @Override
  protected void allocateRange(long offset, long length) {}

  /** Sends zeros up to {@code size}. */
  @Override
  public synchronized void truncate(long size) throws IOException {
    sendZerosUpTo(size);
  }

  @Override
  public boolean readsZeroWhereUnwritten() {
    return true;
  }

  /** Does nothing: everything was handed to the stream already. */
  @Override
  public void sync() {}

  @Override
  public void close() throws IOException {
    channel.close();
  }

  private void sendZerosUpTo(long offset) throws IOException {
    if (offset < position) {
      throw new IOException(
          name()
              + ": bytes for 0x"
              + Long.toHexString(offset)
              + " come too late, the stream is at 0x"
              + Long.toHexString(position)
              + " and can not go back");
    }
    if (offset - position >= LEAST_SPLICED && takesPages()) {
      spliceZerosUpTo(offset);
    }
    if (offset > position && zeros == null) {
      zeros = ByteBuffer.allocateDirect(PART);
    }
    while (position < offset) {
      send(zeros.duplicate().limit((int) Math.min(PART, offset - position)));
    }
  }

  private void spliceZerosUpTo(long offset) throws IOException {
    OutputChannel pipe = (OutputChannel) channel;
    while (position < offset) {
      long count = pipe.spliceZeros(offset - position);
      if (count == 0) {
        return;
      }
      position += count;
    }
  }

  private void send(ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      MemorySegment before = MemorySegment.ofBuffer(bytes);
      int count;
      try {
        count = channel.write(bytes);
      } catch (IOException e) {
        String action = "write at 0x" + Long.toHexString(position);
        throw SystemException.of(name(), action, e);
      }
      if (watcher != null) {
        watcher.take(before.asSlice(0, count));
      }
      position += count;
    }
  }
}
