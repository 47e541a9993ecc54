package dev.platter.qcow2.format;

import dev.platter.storage.Run;
import dev.platter.storage.Storage;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads tables for a check, wherever the image says that they are: what lies past the end of the
 * file reads as zeros, holes are passed over. One reader belongs to one thread.
 */
public final class LenientReader implements Closeable {
  private static final int BUFFER_BYTES = 1 << 16;

  /** Smaller tables are read sooner than the system has told where holes are. */
  private static final int WORTH_ASKING = 1 << 12;

  private final Storage storage;
  private final long fileSize;
  private final Arena arena = Arena.ofConfined();
  private final List<MemorySegment> buffers = new ArrayList<>();
  private final List<long[]> words = new ArrayList<>();
  private int depth;

  public LenientReader(Storage storage) throws IOException {
    this.storage = storage;
    this.fileSize = storage.size();
  }

  /** What to do with each word of a table that is not zero. */
  @FunctionalInterface
  public interface Words {
    void word(long index, long value) throws IOException;
  }

  /** What to do with a part of a table. */
  @FunctionalInterface
  public interface Parts {
    /**
     * @param first index of the first word
     * @param words only the first {@code count} of them, and only until this returns
     */
    void part(long first, long[] words, int count) throws IOException;
  }

  public long fileSize() {
    return fileSize;
  }

  /** Visits the words of a table that are not zero, in order; a visit may visit another table. */
  public void forEachWord(long offset, long bytes, Words visitor) throws IOException {
    forEachPart(
        offset,
        bytes,
        (first, words, count) -> {
          for (int i = 0; i < count; i++) {
            if (words[i] != 0) {
              visitor.word(first + i, words[i]);
            }
          }
        });
  }

  /** The same for all words of a table that are not in holes, many at a time. */
  public void forEachPart(long offset, long bytes, Parts visitor) throws IOException {
    if (depth == buffers.size()) {
      buffers.add(arena.allocate(BUFFER_BYTES, 8));
      words.add(new long[BUFFER_BYTES / Long.BYTES]);
    }
    MemorySegment buffer = buffers.get(depth);
    long[] table = words.get(depth++);
    try {
      forEachPart(buffer, table, offset, bytes, visitor);
    } finally {
      depth--;
    }
  }

  private void forEachPart(
      MemorySegment buffer, long[] table, long offset, long bytes, Parts visitor)
      throws IOException {
    long end = offset < 0 || offset >= fileSize ? 0 : Math.min(fileSize - offset, bytes) & -8L;
    long done = 0;
    while (done < end) {
      if (bytes >= WORTH_ASKING) {
        Run run = storage.runAt(offset + done, offset + end);
        long past = run.end() - offset & -8L;
        if (run.hole() && past > done) {
          done = past;
          continue;
        }
      }
      int part = (int) Math.min(BUFFER_BYTES, end - done);
      storage.readFully(offset + done, buffer.asSlice(0, part));
      int count = part / Long.BYTES;
      MemorySegment.copy(buffer, Qcow2Header.LONG, 0, table, 0, count);
      visitor.part(done / Long.BYTES, table, count);
      done += part;
    }
  }

  /** Whether a stretch reads as zeros without being looked at. */
  public boolean isHole(long offset, long bytes) throws IOException {
    if (offset < 0 || offset >= fileSize) {
      return true;
    }
    long end = Math.min(fileSize - offset, bytes) + offset;
    Run run = storage.runAt(offset, end);
    return run.hole() && run.end() == end;
  }

  /** Fills {@code target}; what lies past the end of the file is zero. */
  public void read(long offset, MemorySegment target) throws IOException {
    long count = offset < 0 || offset >= fileSize ? 0 : storage.read(offset, target);
    target.asSlice(count).fill((byte) 0);
  }

  @Override
  public void close() {
    arena.close();
  }
}
