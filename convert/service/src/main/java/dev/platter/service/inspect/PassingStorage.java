package dev.platter.service.inspect;

import dev.platter.image.Sizes;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * What is kept of bytes that pass by: the head, the tail, and the ranges that somebody asked for
 * before they came. Who reads anything else is told by {@link NotKept} which range it would have
 * been, and may ask for it if it is still to come.
 *
 * <p>As long as the end is not known, the storage says that it is immensely large, and its end
 * reads as zeros: what is concluded then is good for finding out what to keep, and for nothing
 * else.
 */
final class PassingStorage extends Storage {
  /** The head, bytes: all fixed places of all formats lie in it. */
  static final int HEAD = 320 << 10;

  private static final int TAIL = 4 << 10;
  private static final int RANGES = 192 << 10;
  private static final int SMALLEST_RANGE = 4 << 10;

  /** The most that is read at a time, so that whoever reads needs no more memory than that. */
  static final int MAX_READ = 128 << 10;

  private static final long UNKNOWN = 1L << 60;
  private static final long UNKNOWN_TAIL = UNKNOWN - (1 << 20);

  private final byte[] tail = new byte[TAIL];
  private final List<Range> ranges = new ArrayList<>();
  private byte[] head = new byte[SMALLEST_RANGE];
  private int ranged;
  private long position;
  private boolean ended;

  private record Range(long offset, byte[] bytes) {
    long end() {
      return offset + bytes.length;
    }
  }

  /** A range that is not kept. */
  static final class NotKept extends IOException {
    private static final long serialVersionUID = 1L;

    final long offset;
    final long length;

    NotKept(String name, long offset, long length) {
      super(
          "%s: %d bytes at 0x%x are not there any more, or not yet"
              .formatted(name, length, offset));
      this.offset = offset;
      this.length = length;
    }
  }

  PassingStorage() {
    super("image");
  }

  /** How many bytes may be appended before something that is waited for is complete. */
  long untilNextStop() {
    long stop = position < HEAD ? HEAD : Long.MAX_VALUE;
    for (Range range : ranges) {
      stop = range.end() > position ? Math.min(stop, range.end()) : stop;
    }
    return stop - position;
  }

  long position() {
    return position;
  }

  /** Takes the next bytes, not more than {@link #untilNextStop}. */
  void append(MemorySegment bytes) {
    long length = bytes.byteSize();
    if (position < HEAD) {
      int at = (int) position;
      growHead((int) Math.min(HEAD, position + length));
      MemorySegment.copy(bytes, 0, MemorySegment.ofArray(head), at, head(length));
    }
    for (Range range : ranges) {
      long from = Math.max(position, range.offset());
      long end = Math.min(position + length, range.end());
      if (from < end) {
        MemorySegment.copy(
            bytes,
            from - position,
            MemorySegment.ofArray(range.bytes()),
            from - range.offset(),
            end - from);
      }
    }
    keepTail(bytes);
    position += length;
  }

  private long head(long length) {
    return Math.min(length, HEAD - position);
  }

  /** Small images do not cost a whole head. */
  private void growHead(int needed) {
    if (head.length < needed) {
      byte[] larger = new byte[Math.min(HEAD, Math.max(needed, 2 * head.length))];
      System.arraycopy(head, 0, larger, 0, (int) position);
      head = larger;
    }
  }

  /** The tail is a ring: the byte at offset n is at n modulo its size. */
  private void keepTail(MemorySegment bytes) {
    long skipped = Math.max(0, bytes.byteSize() - TAIL);
    for (long done = skipped; done < bytes.byteSize(); ) {
      int at = (int) ((position + done) % TAIL);
      long part = Math.min(TAIL - at, bytes.byteSize() - done);
      MemorySegment.copy(bytes, done, MemorySegment.ofArray(tail), at, part);
      done += part;
    }
  }

  /**
   * Keeps a range that is still to come.
   *
   * @return whether there is room for it, and it is not too late
   */
  boolean keep(NotKept wanted) {
    // Whole pages: what is asked for next is often near, on either side.
    long start = Math.max(position, Sizes.roundDown(wanted.offset, SMALLEST_RANGE));
    long length = Sizes.roundUp(wanted.offset - start + wanted.length, SMALLEST_RANGE);
    if (ended || wanted.offset < position || length > RANGES - ranged) {
      return false;
    }
    ranges.add(new Range(start, new byte[(int) length]));
    ranged += (int) length;
    return true;
  }

  /** How much memory this takes. */
  int keptBytes() {
    return head.length + tail.length + ranged;
  }

  /** No more bytes come. */
  void end() {
    ended = true;
  }

  @Override
  public long size() {
    return ended ? position : UNKNOWN;
  }

  @Override
  protected long readSome(long offset, MemorySegment target) throws IOException {
    long size = size();
    if (offset >= size) {
      return 0;
    }
    long length = Math.min(target.byteSize(), size - offset);
    if (length > MAX_READ) {
      throw new NotKept(name(), offset, length);
    }
    if (!ended && offset >= UNKNOWN_TAIL) {
      target.asSlice(0, length).fill((byte) 0);
      return length;
    }
    long headEnd = Math.min(position, HEAD);
    if (offset < headEnd) {
      long part = Math.min(length, headEnd - offset);
      MemorySegment.copy(MemorySegment.ofArray(head), offset, target, 0, part);
      return part;
    }
    for (Range range : ranges) {
      if (offset >= range.offset() && offset < Math.min(range.end(), position)) {
        long part = Math.min(length, Math.min(range.end(), position) - offset);
        MemorySegment.copy(
            MemorySegment.ofArray(range.bytes()), offset - range.offset(), target, 0, part);
        return part;
      }
    }
    if (ended && offset >= position - TAIL) {
      int at = (int) (offset % TAIL);
      long part = Math.min(length, TAIL - at);
      MemorySegment.copy(MemorySegment.ofArray(tail), at, target, 0, part);
      return part;
    }
    throw new NotKept(name(), offset, length);
  }

  @Override
  public void close() {}
}
