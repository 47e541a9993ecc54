package dev.platter.storage;

import java.io.IOException;

/**
 * Tells where a storage that nobody changes has holes. The system is asked about long stretches, so
 * that questions about many places side by side cost few calls. For one thread.
 */
public final class Holes {
  /** Long enough to save calls, short enough that questions here and there stay cheap. */
  private static final long STRETCH = 64L << 20;

  private final Storage storage;
  private final long size;
  private Run known;

  /** Asks for the size, and for nothing else yet. */
  public Holes(Storage storage) throws IOException {
    this.storage = storage;
    this.size = storage.size();
  }

  /** The storage that this is about. */
  public Storage storage() {
    return storage;
  }

  /** The size that the storage had at first, bytes. */
  public long size() {
    return size;
  }

  /** As {@link Storage#runAt}; what is behind the end of the storage is a hole, too. */
  public Run runAt(long offset, long limit) throws IOException {
    if (offset >= size) {
      return new Run(offset, limit - offset, true);
    }
    if (known == null || offset < known.offset() || offset >= known.end()) {
      long stretch = Math.min(size - offset, STRETCH);
      known = storage.runAt(offset, Math.max(limit, offset + stretch));
    }
    return new Run(offset, Math.min(limit, known.end()) - offset, known.hole());
  }
}
