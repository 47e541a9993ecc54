package dev.platter;

import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.SeekableByteChannel;

/** A disk with a position. */
final class DiskChannel implements SeekableByteChannel {
  private final Disk disk;
  private final WritableDisk writable;
  private long position;
  private boolean closed;

  /**
   * @param writable the same disk, where it can be written to; else null
   */
  DiskChannel(Disk disk, WritableDisk writable) {
    this.disk = disk;
    this.writable = writable;
  }

  @Override
  public int read(ByteBuffer target) throws IOException {
    checkOpen();
    if (position >= disk.size()) {
      return -1;
    }
    int count = (int) Math.min(target.remaining(), disk.size() - position);
    disk.read(position, MemorySegment.ofBuffer(target).asSlice(0, count));
    target.position(target.position() + count);
    position += count;
    return count;
  }

  @Override
  public int write(ByteBuffer source) throws IOException {
    checkOpen();
    if (writable == null) {
      throw new NonWritableChannelException();
    }
    int count = (int) Math.min(source.remaining(), Math.max(0, disk.size() - position));
    if (count == 0 && source.hasRemaining()) {
      throw new EOFException("the disk ends at " + disk.size());
    }
    writable.write(position, MemorySegment.ofBuffer(source).asSlice(0, count));
    source.position(source.position() + count);
    position += count;
    return count;
  }

  @Override
  public long position() throws IOException {
    checkOpen();
    return position;
  }

  @Override
  public SeekableByteChannel position(long newPosition) throws IOException {
    checkOpen();
    if (newPosition < 0) {
      throw new IllegalArgumentException("negative position " + newPosition);
    }
    position = newPosition;
    return this;
  }

  @Override
  public long size() throws IOException {
    checkOpen();
    return disk.size();
  }

  @Override
  public SeekableByteChannel truncate(long size) throws IOException {
    checkOpen();
    if (writable == null) {
      throw new NonWritableChannelException();
    }
    if (size < disk.size()) {
      throw new IOException("a disk cannot be cut through a channel");
    }
    position = Math.min(position, size);
    return this;
  }

  @Override
  public boolean isOpen() {
    return !closed;
  }

  @Override
  public void close() {
    closed = true;
  }

  private void checkOpen() throws ClosedChannelException {
    if (closed) {
      throw new ClosedChannelException();
    }
  }
}
