package dev.platter.storage;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.WritableByteChannel;

/**
 * Standard output as the place of a disk. It moves to a descriptor of its own, and what else the
 * process prints there, the VM's last words in a crash among them, goes to standard error from then
 * on.
 */
final class OutputChannel implements WritableByteChannel {
  private static final int STANDARD_OUTPUT = 1;
  private static final int STANDARD_ERROR = 2;
  private static final int BOUNCE = 1 << 16;
  private static final long FULL_PIPE_MILLIS = 1;

  /** What anybody may let a pipe hold, usually; there are fewer changes between its two ends. */
  private static final int PIPE_BYTES = 1 << 20;

  private final int fd;
  private final boolean isPipe;
  private volatile boolean closed;

  /**
   * @param fd closed with this
   */
  OutputChannel(int fd) {
    this.fd = fd;
    long size = Posix.pipeSize(fd);
    this.isPipe = size > 0;
    if (isPipe && size < PIPE_BYTES) {
      Posix.growPipe(fd, PIPE_BYTES);
    }
  }

  /** Takes standard output over; without native calls it stays where it is. */
  static WritableByteChannel take() {
    long fd = Posix.available() ? Posix.duplicate(STANDARD_OUTPUT) : -1;
    if (fd < 0) {
      return new FileOutputStream(FileDescriptor.out).getChannel();
    }
    Posix.redirect(STANDARD_OUTPUT, STANDARD_ERROR);
    return new OutputChannel((int) fd);
  }

  @Override
  public int write(ByteBuffer source) throws IOException {
    if (closed) {
      throw new ClosedChannelException();
    }
    MemorySegment bytes = MemorySegment.ofBuffer(source);
    long count;
    if (bytes.isNative()) {
      count = Posix.write(fd, bytes, bytes.byteSize());
    } else {
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment bounce = arena.allocate(Math.min(BOUNCE, bytes.byteSize()));
        bounce.copyFrom(bytes.asSlice(0, bounce.byteSize()));
        count = Posix.write(fd, bounce, bounce.byteSize());
      }
    }
    if (count == -Errno.EAGAIN) {
      waitForRoom();
      return 0;
    }
    if (count < 0) {
      throw new IOException(Errno.reason((int) -count));
    }
    source.position(source.position() + (int) count);
    return (int) count;
  }

  /** Whoever made the pipe made it so that nobody waits in it. */
  private static void waitForRoom() {
    try {
      Thread.sleep(FULL_PIPE_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  boolean isPipe() {
    return isPipe;
  }

  /** Pages that pipes have as long as they like: they are never given back. */
  private static final class Zeros {
    static final MemorySegment PAGES = Arena.global().allocate(PIPE_BYTES, 4096);
  }

  /**
   * Lets the pipe have pages of zeros, which are not copied.
   *
   * @return how many bytes, at most {@code length}; 0 where that cannot be done, and whoever writes
   *     them instead learns why
   */
  long spliceZeros(long length) throws IOException {
    if (closed) {
      throw new ClosedChannelException();
    }
    long part = Math.min(length, PIPE_BYTES);
    long count = Posix.vmsplice(fd, Zeros.PAGES, part);
    while (count == -Errno.EAGAIN) {
      waitForRoom();
      count = Posix.vmsplice(fd, Zeros.PAGES, part);
    }
    return Math.max(0, count);
  }

  /**
   * Lets the pipe have pages of a file, which are not copied.
   *
   * @return how many bytes, a prefix of the range; 0 where that cannot be done, and whoever reads
   *     and writes instead learns why
   */
  long splice(FileStorage file, long offset, long length) throws IOException {
    if (closed) {
      throw new ClosedChannelException();
    }
    long count = file.splice(offset, fd, length);
    while (count == -Errno.EAGAIN) {
      waitForRoom();
      count = file.splice(offset, fd, length);
    }
    return Math.max(0, count);
  }

  @Override
  public boolean isOpen() {
    return !closed;
  }

  @Override
  public void close() throws IOException {
    if (!closed) {
      closed = true;
      long result = Posix.close(fd);
      if (result < 0) {
        throw new SystemException("standard output", "close", (int) -result);
      }
    }
  }
}
