package dev.platter.storage;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * A range of a storage that is read here and there, over and over: a metadata table of perhaps
 * hundreds of megabytes. It keeps the windows used last, so that it takes at most 1 MiB of memory
 * however large the table is.
 *
 * <p>Windows are read, not mapped: a file that shrinks then ends in an exception at a known place,
 * it costs no address space, and reading 64 KiB takes no longer than the page faults would. They
 * are not read again while they are kept, so this is for tables that nobody changes meanwhile. Any
 * number of threads may read at once. It owns nothing that must be closed.
 */
public final class Table {
  private static final int WINDOW = 1 << 16;
  private static final int WINDOWS = 16;

  /** How many words one answer of {@link #endOfEqualInts} looks at, at most. */
  public static final long MOST_EQUAL = 1 << 22;

  private static final ValueLayout.OfLong BIG_LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfLong LITTLE_LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt BIG_INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfInt LITTLE_INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final Storage storage;
  private final long offset;
  private final long length;
  private final AtomicReferenceArray<Window> windows = new AtomicReferenceArray<>(WINDOWS);

  private record Window(long number, MemorySegment bytes) {}

  Table(Storage storage, long offset, long length) {
    storage.checkOffset(offset);
    if (length < 0 || length > Long.MAX_VALUE - offset) {
      throw new IllegalArgumentException(
          storage.name() + ": no table of " + length + " bytes at " + offset);
    }
    this.storage = storage;
    this.offset = offset;
    this.length = length;
  }

  /** Its length in bytes. */
  public long length() {
    return length;
  }

  /**
   * The eight bytes at {@code position} of the table.
   *
   * @throws IndexOutOfBoundsException if they do not lie within the table
   * @throws java.io.EOFException if the storage ends before them
   */
  public long longAt(long position, ByteOrder order) throws IOException {
    ValueLayout.OfLong layout = order == ByteOrder.BIG_ENDIAN ? BIG_LONG : LITTLE_LONG;
    Objects.checkFromIndexSize(position, Long.BYTES, length);
    int within = (int) (position % WINDOW);
    if (within > WINDOW - Long.BYTES) {
      return across(position, Long.BYTES).get(layout, 0);
    }
    return window(position / WINDOW, within + Long.BYTES).get(layout, within);
  }

  /** The four bytes at {@code position} of the table; throws as {@link #longAt} does. */
  public int intAt(long position, ByteOrder order) throws IOException {
    ValueLayout.OfInt layout = order == ByteOrder.BIG_ENDIAN ? BIG_INT : LITTLE_INT;
    Objects.checkFromIndexSize(position, Integer.BYTES, length);
    int within = (int) (position % WINDOW);
    if (within > WINDOW - Integer.BYTES) {
      return across(position, Integer.BYTES).get(layout, 0);
    }
    return window(position / WINDOW, within + Integer.BYTES).get(layout, within);
  }

  /**
   * Fills {@code target} with the bytes from {@code position} of the table; throws as {@link
   * #longAt} does.
   */
  public void copy(long position, MemorySegment target) throws IOException {
    Objects.checkFromIndexSize(position, target.byteSize(), length);
    if (target.byteSize() >= WINDOW) {
      storage.readFully(offset + position, target);
      return;
    }
    for (long done = 0; done < target.byteSize(); ) {
      int within = (int) ((position + done) % WINDOW);
      long part = Math.min(WINDOW - within, target.byteSize() - done);
      MemorySegment window = window((position + done) / WINDOW, within + part);
      MemorySegment.copy(window, within, target, done, part);
      done += part;
    }
  }

  /**
   * Where a run of equal four-byte words ends. Looks at no more than {@link #MOST_EQUAL} of them:
   * the run may go on at the position answered.
   *
   * @param position of the first word of the run
   * @param end where to stop looking, a whole number of words after {@code position}
   * @return the position after the last word found equal
   */
  public long endOfEqualInts(long position, long end) throws IOException {
    long last = Math.min(end, position + MOST_EQUAL * Integer.BYTES);
    int word = intAt(position, ByteOrder.LITTLE_ENDIAN);
    long at = position + Integer.BYTES;
    // Most runs are short, or very long.
    for (long near = Math.min(last, position + 16 * Integer.BYTES); at < near; ) {
      if (intAt(at, ByteOrder.LITTLE_ENDIAN) != word) {
        return at;
      }
      at += Integer.BYTES;
    }
    byte[] bytes = null;
    while (at < last) {
      int length = (int) Math.min(2 * WINDOW, last - at);
      bytes = bytes == null ? new byte[length] : bytes;
      MemorySegment window = MemorySegment.ofArray(bytes).asSlice(0, length);
      copy(at, window);
      int equal = countEqual(window, word);
      at += (long) equal * Integer.BYTES;
      if (equal * Integer.BYTES < length) {
        break;
      }
    }
    return at;
  }

  /** Compares the window with itself, one word on. */
  private static int countEqual(MemorySegment window, int word) {
    if (window.get(LITTLE_INT, 0) != word) {
      return 0;
    }
    long end = window.byteSize() - Integer.BYTES;
    long differs = MemorySegment.mismatch(window, 0, end, window, Integer.BYTES, end + 4);
    return (int) ((differs < 0 ? end : differs) / Integer.BYTES) + 1;
  }

  private MemorySegment across(long position, int count) throws IOException {
    MemorySegment bytes = MemorySegment.ofArray(new byte[count]);
    copy(position, bytes);
    return bytes;
  }

  /** The window of that number, of which the first {@code needed} bytes must be there. */
  private MemorySegment window(long number, long needed) throws IOException {
    int slot = (int) (number % WINDOWS);
    Window window = windows.getAcquire(slot);
    if (window == null || window.number() != number) {
      long start = number * WINDOW;
      MemorySegment bytes = MemorySegment.ofArray(new byte[(int) Math.min(WINDOW, length - start)]);
      long count = storage.read(offset + start, bytes);
      window = new Window(number, bytes.asSlice(0, count).asReadOnly());
      windows.setRelease(slot, window);
    }
    if (window.bytes().byteSize() < needed) {
      throw storage.endsEarly(
          offset + number * WINDOW + window.bytes().byteSize(), offset + number * WINDOW + needed);
    }
    return window.bytes();
  }
}
