package dev.platter;

import dev.platter.image.BlockMap;
import dev.platter.image.GuestReader;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayDeque;

/** Readers for any number of threads: each is lent to one at a time and kept for the next. */
final class Readers implements Closeable {
  private final ArrayDeque<GuestReader> idle = new ArrayDeque<>();
  private boolean closed;

  void read(BlockMap map, long offset, MemorySegment target) throws IOException {
    GuestReader reader = lend();
    try {
      reader.read(map, offset, target);
    } finally {
      giveBack(reader);
    }
  }

  private synchronized GuestReader lend() throws IOException {
    if (closed) {
      throw new ClosedChannelException();
    }
    return idle.isEmpty() ? new GuestReader() : idle.pop();
  }

  private void giveBack(GuestReader reader) {
    synchronized (this) {
      if (!closed) {
        idle.push(reader);
        return;
      }
    }
    reader.close();
  }

  @Override
  public synchronized void close() {
    closed = true;
    for (GuestReader reader : idle) {
      reader.close();
    }
    idle.clear();
  }
}
