package dev.platter.image.disk;

import dev.platter.image.BlockMap;
import dev.platter.image.ImageException;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Guest bytes for any number of threads: each is lent a {@link GuestReader} while it reads, and a
 * few of them, with their buffers, are kept for the next. Closing lets reads that are under way
 * end.
 */
public final class GuestReaders implements Closeable {
  private static final int KEPT = 8;

  private final ConcurrentLinkedDeque<GuestReader> idle = new ConcurrentLinkedDeque<>();
  private final AtomicInteger kept = new AtomicInteger();
  private volatile boolean closed;

  /**
   * Reads guest bytes from {@code offset} until {@code target}, which the caller owns, is full.
   *
   * @throws ImageException if the image is damaged where the bytes lie
   * @throws ClosedChannelException if this was closed before
   */
  public void read(BlockMap map, long offset, MemorySegment target) throws IOException {
    if (closed) {
      throw new ClosedChannelException();
    }
    GuestReader reader = idle.poll();
    if (reader == null) {
      reader = new GuestReader();
    } else {
      kept.decrementAndGet();
    }
    try {
      reader.read(map, offset, target);
    } finally {
      giveBack(reader);
    }
  }

  private void giveBack(GuestReader reader) {
    if (kept.incrementAndGet() > KEPT) {
      kept.decrementAndGet();
      reader.close();
      return;
    }
    idle.push(reader);
    if (closed) {
      close(); // it was closed meanwhile, and may not have seen this one
    }
  }

  @Override
  public void close() {
    closed = true;
    for (GuestReader reader = idle.poll(); reader != null; reader = idle.poll()) {
      reader.close();
    }
  }
}
