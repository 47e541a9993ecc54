package dev.platter.image.support;

import dev.platter.storage.Run;
import dev.platter.storage.WritableStorage;
import dev.platter.storage.ZeroScan;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Looks at and copies the blocks of an image that is changed in place, a piece at a time. What the
 * storage lacks at its end reads as zeros. It belongs to one thread.
 */
public final class StoredBlocks implements Closeable {
  private static final int BUFFER = 1 << 20;
  private static final int PAGE = 4096;

  private final WritableStorage storage;
  private final Arena arena = Arena.ofConfined();
  private final MemorySegment buffer = arena.allocate(BUFFER, PAGE);

  /**
   * @param storage what holds the blocks; it stays the caller's
   */
  public StoredBlocks(WritableStorage storage) {
    this.storage = storage;
  }

  /** Whether {@code length} bytes from {@code offset} read as zeros. Holes are not read. */
  public boolean isZero(long offset, long length) throws IOException {
    long end = Math.min(offset + length, storage.size());
    for (long at = offset; at < end; ) {
      Run run = storage.runAt(at, Math.min(end, at + BUFFER));
      if (!run.hole()) {
        MemorySegment bytes = buffer.asSlice(0, run.length());
        storage.readFully(at, bytes);
        if (!ZeroScan.isZero(bytes)) {
          return false;
        }
      }
      at = run.end();
    }
    return true;
  }

  /** Copies bytes to a place that does not overlap theirs; zeros become holes where they can. */
  public void copy(long from, long to, long length) throws IOException {
    for (long done = 0; done < length; done += BUFFER) {
      MemorySegment bytes = buffer.asSlice(0, Math.min(BUFFER, length - done));
      long count = storage.read(from + done, bytes);
      bytes.asSlice(count).fill((byte) 0);
      if (ZeroScan.isZero(bytes)) {
        storage.zero(to + done, bytes.byteSize());
      } else {
        storage.write(to + done, bytes);
      }
    }
  }

  @Override
  public void close() {
    arena.close();
  }
}
