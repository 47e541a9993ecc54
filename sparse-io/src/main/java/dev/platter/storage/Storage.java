package dev.platter.storage;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.WritableByteChannel;
import java.util.Objects;
import java.util.Optional;

/**
 * Bytes on a medium, read by position: a file, a device, a piece of memory.
 *
 * <p>All methods may be called by any number of threads at once; none moves a shared position.
 * Offsets and lengths are bytes. The public methods check their arguments once, here; a subclass
 * implements the short protected ones and may rely on those checks. A storage owns what it opened
 * and gives it up on {@link #close()}; a call after that, or while it runs, ends in an {@link
 * IOException}.
 */
public abstract class Storage implements Closeable {
  private final String name;

  /**
   * @param name how error messages call this storage, usually the path as the user wrote it
   */
  protected Storage(String name) {
    this.name = Objects.requireNonNull(name);
  }

  /** The name that error messages use, usually the path as the user wrote it. */
  public final String name() {
    return name;
  }

  /**
   * Whether it comes from its first byte on, and is not yet there to its end, so that to read there
   * is to wait for all of it.
   */
  public boolean comesInOrder() {
    return false;
  }

  /** The current size in bytes. */
  public abstract long size() throws IOException;

  /**
   * Bytes that the medium really spends on this storage (holes are free); {@link #size()} where it
   * cannot be asked.
   */
  public long allocatedSize() throws IOException {
    return size();
  }

  /** The states of itself that the medium keeps, where it can. */
  public Optional<StorageSnapshots> snapshots() {
    return Optional.empty();
  }

  /**
   * The alignment, in bytes and a power of two, that offsets, lengths and memory must have (1:
   * none; direct I/O: more).
   */
  public int alignment() {
    return 1;
  }

  /**
   * Reads into {@code target}, which the caller owns, until it is full or the storage ends.
   *
   * @return the number of bytes read; less than asked only at the end of the storage, 0 at or past
   *     it
   */
  public final long read(long offset, MemorySegment target) throws IOException {
    checkOffset(offset);
    if (target.isReadOnly()) { // the system would write to it all the same
      throw new IllegalArgumentException(name + ": the memory to read into is read-only");
    }
    long done = 0;
    while (done < target.byteSize()) {
      long count = readSome(Math.addExact(offset, done), done == 0 ? target : target.asSlice(done));
      if (count <= 0) {
        break;
      }
      done += count;
    }
    return done;
  }

  /**
   * Fills {@code target}.
   *
   * @throws EOFException if the storage ends before that, naming the storage and the range
   */
  public final void readFully(long offset, MemorySegment target) throws IOException {
    long count = read(offset, target);
    if (count < target.byteSize()) {
      throw endsEarly(offset + count, offset + target.byteSize());
    }
  }

  final EOFException endsEarly(long end, long expected) {
    return new EOFException(
        name
            + ": the storage ends at 0x"
            + Long.toHexString(end)
            + ", bytes up to 0x"
            + Long.toHexString(expected)
            + " were expected");
  }

  /**
   * What lies at {@code offset}: a run of data or a hole that reads as zeros, never reaching past
   * {@code limit} or the end of the storage. The run begins at {@code offset}. Where the medium
   * cannot tell, everything is data.
   *
   * @param offset less than {@code limit} and less than {@link #size()}
   */
  public final Run runAt(long offset, long limit) throws IOException {
    checkOffset(offset);
    long end = Math.min(limit, size());
    if (offset >= end) {
      throw new IllegalArgumentException(
          name + ": no run at " + offset + ", limit " + limit + ", size " + size());
    }
    return findRun(offset, end);
  }

  /**
   * A table of {@code length} bytes at {@code offset} for reading here and there. Nothing is read
   * yet: a table that reaches past the end of the storage fails where it is read there.
   */
  public final Table table(long offset, long length) {
    return new Table(this, offset, length);
  }

  /**
   * Sends bytes to a channel inside the system, without a copy of them in this process, where
   * medium and channel can. What is written to them before the channel has passed them on may be
   * sent in their place.
   *
   * @return how many bytes were sent, a prefix of the range; 0 where it cannot be done, and the
   *     caller reads and writes the rest itself
   */
  public long send(long offset, long length, WritableByteChannel target) throws IOException {
    return 0;
  }

  /**
   * Tells the system that {@code length} bytes from {@code offset} will soon be read. A hint: never
   * fails.
   */
  public void willNeed(long offset, long length) {}

  /**
   * Tells the system that {@code length} bytes from {@code offset} will not be used again. A hint:
   * never fails.
   */
  public void dontNeed(long offset, long length) {}

  /**
   * Reads at least one byte into {@code target} (never empty) from {@code offset}.
   *
   * @return the number of bytes read, at most {@code target.byteSize()}; 0 or less at the end
   */
  protected abstract long readSome(long offset, MemorySegment target) throws IOException;

  /** Finds the run at {@code offset}; {@code offset < end <= size()}. */
  protected Run findRun(long offset, long end) throws IOException {
    return new Run(offset, end - offset, false);
  }

  final void checkOffset(long offset) {
    if (offset < 0) {
      throw new IllegalArgumentException(name + ": negative offset " + offset);
    }
  }

  @Override
  public String toString() {
    return name;
  }
}
