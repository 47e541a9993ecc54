package dev.platter.remote;

import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * What is made elsewhere in order, without going back: its bytes gather in parts, which are sent.
 * Gaps are zeros. Threads take turns.
 */
public final class PartStorage extends WritableStorage {
  private final Sizes sizes;
  private final Sender sender;
  private Part part;
  private int parts;
  private long size;
  private boolean closed;

  /** How large parts are. */
  @FunctionalInterface
  public interface Sizes {
    /**
     * The size of a part.
     *
     * @param number from 1
     * @throws IOException if there can be no such part
     */
    int of(int number) throws IOException;
  }

  /** Takes a part that is full, and closes it some time. */
  @FunctionalInterface
  public interface Sender {
    /** The part is the sender's from now on, whatever happens. */
    void send(Part part) throws IOException;
  }

  /** Nothing is sent before a part is full. */
  public PartStorage(String name, Sizes sizes, Sender sender) {
    super(name);
    this.sizes = sizes;
    this.sender = sender;
  }

  /**
   * Ends it; answers the last part, which is the caller's to be closed, if there is more to send.
   */
  public synchronized Optional<Part> finish() throws IOException {
    requireOpen();
    closed = true;
    Optional<Part> last = Optional.ofNullable(part);
    part = null;
    return last;
  }

  private void requireOpen() throws IOException {
    if (closed) {
      throw new IOException(name() + " is closed");
    }
  }

  /** How many bytes were written. */
  @Override
  public synchronized long size() {
    return size;
  }

  @Override
  public synchronized void truncate(long newSize) throws IOException {
    if (newSize < size) {
      throw new IOException(name() + ": what was sent cannot be cut off");
    }
    zerosUpTo(newSize);
  }

  @Override
  public boolean readsZeroWhereUnwritten() {
    return true;
  }

  /** Does nothing: what counts is that it is published. */
  @Override
  public synchronized void sync() throws IOException {
    requireOpen();
  }

  @Override
  protected long readSome(long offset, MemorySegment target) throws IOException {
    throw new IOException(name() + ": what is being sent cannot be read");
  }

  @Override
  protected synchronized long writeSome(long offset, MemorySegment source) throws IOException {
    zerosUpTo(offset);
    int count = (int) Math.min(source.byteSize(), room());
    part.add(source.asSlice(0, count));
    advance(count);
    return count;
  }

  @Override
  protected synchronized void zeroRange(long offset, long length) throws IOException {
    zerosUpTo(offset);
    zerosUpTo(Math.addExact(offset, length));
  }

  @Override
  protected synchronized void allocateRange(long offset, long length) throws IOException {
    zeroRange(offset, length);
  }

  private void zerosUpTo(long end) throws IOException {
    requireOpen();
    if (end < size) {
      throw new IOException(
          "%s: written at 0x%x after 0x%x; it is written in order".formatted(name(), end, size));
    }
    while (size < end) {
      int count = (int) Math.min(end - size, room());
      part.addZeros(count);
      advance(count);
    }
  }

  private int room() throws IOException {
    requireOpen();
    if (part == null) {
      part = Part.begin(parts + 1, sizes.of(parts + 1));
      parts++;
    }
    return part.room();
  }

  private void advance(int count) throws IOException {
    size += count;
    if (part.room() == 0) {
      Part full = part;
      part = null;
      sender.send(full);
    }
  }

  @Override
  public synchronized void close() {
    closed = true;
    if (part != null) {
      part.close();
      part = null;
    }
  }
}
