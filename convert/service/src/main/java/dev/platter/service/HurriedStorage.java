package dev.platter.service;

import dev.platter.service.ImportException.Reason;
import dev.platter.storage.ForwardingStorage;
import dev.platter.storage.Run;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/** A storage that gives no more than so many bytes, for so long. It does not own the one below. */
final class HurriedStorage extends ForwardingStorage {
  private final AtomicLong left;
  private final long begun = System.nanoTime();
  private final long longest;

  /**
   * @param mostBytes how many are read in all
   * @param longest for how long, from now on
   */
  HurriedStorage(Storage below, long mostBytes, Duration longest) {
    super(below.name(), below);
    this.left = new AtomicLong(mostBytes);
    this.longest = longest.toNanos();
  }

  private void spend(long bytes) throws IOException {
    if (left.addAndGet(-bytes) < 0 || System.nanoTime() - begun > longest) {
      throw new ImportException(
          Reason.TOO_LARGE, name() + ": it takes too much to look at all of it");
    }
  }

  @Override
  protected long readSome(long offset, MemorySegment target) throws IOException {
    spend(target.byteSize());
    return super.readSome(offset, target);
  }

  @Override
  protected Run findRun(long offset, long end) throws IOException {
    spend(0);
    return super.findRun(offset, end);
  }

  @Override
  public void close() {
    // It is the caller's.
  }
}
