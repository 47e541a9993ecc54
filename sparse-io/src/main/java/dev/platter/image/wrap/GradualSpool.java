package dev.platter.image.wrap;

import dev.platter.storage.FileStorage;
import dev.platter.storage.Run;
import dev.platter.storage.Storage;
import dev.platter.storage.StreamSource;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/**
 * What a wrapped file holds, unwrapped no further than it is read: for those who look at an image's
 * head. Where the size is not known before the end, {@link #size} answers more than any file has,
 * until the end has been seen. For one thread; owns the stream that it unwraps.
 */
public final class GradualSpool extends Storage {
  /** More than any file has: limits that are checked against it hold. */
  private static final long NOT_KNOWN = 1L << 56;

  private static final int CHUNK = 1 << 20;
  private static final int PAGE = 4096;

  private final StreamSource plain;
  private final FileStorage spool;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment buffer = arena.allocate(CHUNK, PAGE);
  private long done;
  private boolean ended;
  private boolean guessed;

  /**
   * Unwraps nothing yet.
   *
   * @param plain what {@link Unwrapping#open} answered; becomes this one's
   * @param directory where there is room for the file
   */
  public GradualSpool(StreamSource plain, Path directory) throws IOException {
    super(plain.name());
    this.plain = plain;
    this.spool = Unwrapping.spoolFile(plain.name(), directory);
  }

  /**
   * Whether somebody was told a size that is none, and the true one is known by now, or is less.
   */
  public boolean wasWrongAbout(long reach) {
    return guessed && (ended || reach >= NOT_KNOWN / 2);
  }

  /** Unwraps what is left. */
  public void finish() throws IOException {
    fill(Long.MAX_VALUE);
  }

  private void fill(long end) throws IOException {
    while (!ended && done < end) {
      long count = plain.read(buffer);
      if (count <= 0) {
        ended = true;
        break;
      }
      Unwrapping.writeData(spool, done, buffer.asSlice(0, count));
      done += count;
    }
    if (spool.size() < done) {
      spool.truncate(done);
    }
  }

  @Override
  public long size() throws IOException {
    if (ended) {
      return done;
    }
    if (plain.size().isPresent()) {
      return plain.size().getAsLong();
    }
    guessed = true;
    return NOT_KNOWN;
  }

  @Override
  public long allocatedSize() throws IOException {
    return spool.allocatedSize();
  }

  @Override
  public int alignment() {
    return spool.alignment();
  }

  @Override
  protected long readSome(long offset, MemorySegment target) throws IOException {
    fill(offset + target.byteSize());
    return spool.read(offset, target);
  }

  @Override
  protected Run findRun(long offset, long end) throws IOException {
    finish();
    return spool.runAt(offset, end);
  }

  @Override
  public void close() throws IOException {
    try (spool;
        plain) {
      arena.close();
    }
  }
}
