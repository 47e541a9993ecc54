package dev.platter.image.wrap;

import dev.platter.image.Fault;
import dev.platter.storage.FileStorage;
import dev.platter.storage.Run;
import dev.platter.storage.Storage;
import dev.platter.storage.StreamSource;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Path;

/**
 * What comes in order, as what a wrapped file holds does, taken no further than it is read: for
 * those who look at an image's head. Where the size is not known before the end, to ask for it is
 * to read all, unless it may be {@linkplain #guessing guessed}. Threads take turns; owns its
 * stream.
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
  private boolean mayGuess;
  private boolean guessed;
  private boolean isPassing;
  private boolean isClosed;

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
   * From now on {@link #size} answers more than any file has, where it is not known, until the end
   * has been seen: for who asks {@link #wasWrongAbout} before what it led to is believed.
   */
  public synchronized GradualSpool guessing() {
    mayGuess = true;
    return this;
  }

  /**
   * Whether somebody was told a size that is none, and the true one is known by now, or is less.
   */
  public synchronized boolean wasWrongAbout(long reach) {
    return guessed && (ended || reach >= NOT_KNOWN / 2);
  }

  /** Whether {@link #size} is no guess. */
  public synchronized boolean knowsSize() {
    return ended || plain.size().isPresent() || !mayGuess;
  }

  /** Unwraps what is left. */
  public synchronized void finish() throws IOException {
    fill(Long.MAX_VALUE);
  }

  /**
   * All bytes, from the first on, which are kept no longer: from now on nothing is read but this.
   *
   * @return closing it closes this
   */
  public synchronized StreamSource passing() {
    isPassing = true;
    return new StreamSource(name(), new Passing(), plain.size());
  }

  private void fill(long end) throws IOException {
    if (isPassing) {
      throw new IOException(name() + ": it comes only once");
    }
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
  public synchronized boolean comesInOrder() {
    return !ended;
  }

  @Override
  public synchronized long size() throws IOException {
    if (ended) {
      return done;
    }
    if (plain.size().isPresent()) {
      return plain.size().getAsLong();
    }
    if (!mayGuess) {
      finish();
      return done;
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
  protected synchronized long readSome(long offset, MemorySegment target) throws IOException {
    fill(offset + target.byteSize());
    return spool.read(offset, target);
  }

  @Override
  protected synchronized Run findRun(long offset, long end) throws IOException {
    fill(offset + 1);
    if (offset >= done) {
      String what = "it ends at 0x%x, bytes at 0x%x were expected".formatted(done, offset);
      throw Fault.on(name()).corrupt(what);
    }
    return spool.runAt(offset, Math.min(end, done));
  }

  @Override
  public void close() throws IOException {
    if (isClosed) {
      return;
    }
    isClosed = true;
    try (spool;
        plain) {
      arena.close();
    }
  }

  /** What is kept, and then what comes. */
  private final class Passing implements ReadableByteChannel {
    private long position;

    @Override
    public int read(ByteBuffer target) throws IOException {
      MemorySegment bytes = MemorySegment.ofBuffer(target);
      long count =
          position < done
              ? spool.read(position, bytes.asSlice(0, Math.min(bytes.byteSize(), done - position)))
              : plain.read(bytes);
      position += count;
      target.position(target.position() + (int) count);
      return count == 0 && bytes.byteSize() > 0 ? -1 : (int) count;
    }

    @Override
    public boolean isOpen() {
      return !isClosed;
    }

    @Override
    public void close() throws IOException {
      GradualSpool.this.close();
    }
  }
}
