package dev.platter.service.store;

import dev.platter.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * An object elsewhere, read by ranges as they are asked for: small reads that follow each other
 * share a request. For any thread.
 */
public abstract class WindowStorage extends Storage {
  private static final int WINDOW = 1 << 20;
  private static final int LARGEST_REQUEST = 8 << 20;

  private final long size;
  private volatile Window window = new Window(0, new byte[0]);
  private volatile boolean closed;

  private record Window(long offset, byte[] bytes) {
    boolean holds(long position) {
      return position >= offset && position < offset + bytes.length;
    }
  }

  /**
   * @param size of the object, bytes
   */
  protected WindowStorage(String name, long size) {
    super(name);
    this.size = size;
  }

  /**
   * Asks for a range within the object.
   *
   * @return exactly these bytes; whoever returns them keeps no hold of them
   */
  protected abstract byte[] fetch(long offset, int length) throws IOException;

  @Override
  public final long size() {
    return size;
  }

  @Override
  protected final long readSome(long offset, MemorySegment target) throws IOException {
    if (closed) {
      throw new IOException(name() + " is closed");
    }
    if (offset >= size) {
      return 0;
    }
    Window present = window;
    if (!present.holds(offset)) {
      long wanted = Math.clamp(target.byteSize(), WINDOW, LARGEST_REQUEST);
      int length = (int) Math.min(wanted, size - offset);
      byte[] bytes = fetch(offset, length);
      if (bytes.length != length) {
        throw new IOException(
            "%s: %d bytes came for the range of %d bytes at 0x%x"
                .formatted(name(), bytes.length, length, offset));
      }
      present = new Window(offset, bytes);
      window = present;
    }
    int from = (int) (offset - present.offset());
    int count = (int) Math.min(target.byteSize(), present.bytes().length - from);
    MemorySegment.copy(present.bytes(), from, target, ValueLayout.JAVA_BYTE, 0, count);
    return count;
  }

  @Override
  public void close() {
    closed = true;
    window = new Window(0, new byte[0]);
  }
}
