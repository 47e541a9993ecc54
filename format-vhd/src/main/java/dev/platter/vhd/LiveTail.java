package dev.platter.vhd;

import dev.platter.storage.Barrier;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * The footer at the end of a dynamic disk in use. It is to be there at any moment, so it goes well
 * ahead of the blocks, with a sync before any of them may lie where it was.
 */
final class LiveTail {
  /** How far ahead it goes at most, bytes; a quarter of a shorter file. */
  private static final long MOST_AHEAD = 64 << 20;

  private static final int PART = 4;

  private final WritableStorage storage;
  private final Barrier barrier;
  private final MemorySegment footer;
  private long offset;

  /**
   * @param offset where the footer begins
   */
  LiveTail(WritableStorage storage, Barrier barrier, long offset) throws IOException {
    this.storage = storage;
    this.barrier = barrier;
    this.offset = offset;
    this.footer = MemorySegment.ofArray(new byte[VhdFooter.LENGTH]);
    storage.readFully(0, footer);
  }

  /**
   * Makes room up to {@code end}. The footer comes to lie where a block ends, so that what is left
   * of it never lies in a payload.
   *
   * @param stride from the end of a block to that of the next
   */
  void reach(long end, long stride) throws IOException {
    if (end <= offset) {
      return;
    }
    long size = storage.size();
    long next = end + Math.min(MOST_AHEAD, offset / PART) / stride * stride;
    try {
      storage.write(next, footer);
    } catch (IOException e) {
      cutTo(size);
      throw e;
    }
    barrier.pass();
    offset = next;
  }

  /** The footer that was there before is the last one again. */
  private void cutTo(long size) {
    try {
      storage.truncate(size);
    } catch (IOException e) {
      // The next opening of the image finds that it lacks its footer.
      return;
    }
  }

  /** Lets the file end at {@code end}, behind which nothing is, if it is longer. */
  void trim(long end) throws IOException {
    if (end + VhdFooter.LENGTH <= offset) {
      storage.write(end, footer);
      barrier.pass();
      storage.truncate(end + VhdFooter.LENGTH);
      barrier.pass();
      offset = end;
    }
  }
}
