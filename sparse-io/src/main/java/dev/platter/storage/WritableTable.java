package dev.platter.storage;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Entries of a storage's metadata, all of one width and byte order, that are read and changed while
 * the image is in use: a block map, or all level 2 tables of an image wherever they lie. Changes
 * stay in memory until they are {@link #take taken} and written, so that whoever keeps the tables
 * decides what reaches the medium before what.
 *
 * <p>It keeps pages: the ones used last, up to a budget, and all that hold changes; the owner looks
 * at {@link #changedBytes} and writes them before they are too many. Entries may be read by any
 * number of threads at once, also while others are changed; a read sees an entry as it was before a
 * change or after it, and after it if the change came before the read. Those who change entries
 * call one at a time.
 */
public final class WritableTable {
  private static final int SCAN = 1 << 16;
  private static final int BLOCKS_PAGE = 4096;
  private static final int BLOCKS_CACHE = 16 << 20;

  private final WritableStorage storage;
  private final long base;
  private final int width;
  private final int pageBytes;
  private final int mostPages;
  private final ValueLayout.OfInt ints;
  private final ValueLayout.OfLong longs;
  private final ConcurrentHashMap<Long, Page> pages = new ConcurrentHashMap<>();

  /** Pages in the order in which they came, for giving up the oldest that nobody asked for. */
  private final ConcurrentLinkedQueue<Page> byAge = new ConcurrentLinkedQueue<>();

  private final AtomicInteger count = new AtomicInteger();

  /** Pages with changes that were not taken yet. Guarded by this. */
  private final TreeMap<Long, Page> changed = new TreeMap<>();

  /** What a table consists of, and how much of it is kept. */
  public enum Width {
    /** Unsigned numbers of 4 bytes. */
    INT(Integer.BYTES),
    /** Numbers of 8 bytes. */
    LONG(Long.BYTES);

    private final int bytes;

    Width(int bytes) {
      this.bytes = bytes;
    }
  }

  /** A part of the table. Bytes change under the lock of the map's entry, and are read without. */
  private static final class Page {
    final long number;
    final MemorySegment bytes;
    int changedFrom;
    int changedEnd;
    boolean taken;
    volatile boolean used = true;

    Page(long number, int bytes) {
      this.number = number;
      this.bytes = MemorySegment.ofArray(new long[bytes / Long.BYTES]);
    }

    boolean isChanged() {
      return changedFrom < changedEnd;
    }

    void change(int from, int end) {
      changedFrom = isChanged() ? Math.min(changedFrom, from) : from;
      changedEnd = Math.max(changedEnd, end);
    }

    void forget() {
      changedFrom = 0;
      changedEnd = 0;
    }
  }

  /**
   * @param storage stays the caller's
   * @param base where entry 0 stands, bytes
   * @param pageBytes what is read at a time, a power of two from 512 to 64 KiB; between two entries
   *     of a page there is nothing that anybody else writes
   * @param cacheBytes how much of the table is kept that holds no changes
   */
  public WritableTable(
      WritableStorage storage,
      long base,
      Width width,
      ByteOrder order,
      int pageBytes,
      int cacheBytes) {
    storage.checkOffset(base);
    this.storage = storage;
    this.base = base;
    this.width = width.bytes;
    this.pageBytes = pageBytes;
    this.mostPages = Math.max(1, cacheBytes / pageBytes);
    this.ints = ValueLayout.JAVA_INT.withOrder(order);
    this.longs = ValueLayout.JAVA_LONG.withOrder(order);
  }

  /**
   * The table of an image that says for each block of the disk where it is, as numbers of 4 bytes,
   * little-endian.
   *
   * @param base where entry 0 stands, bytes
   */
  public static WritableTable ofBlocks(WritableStorage storage, long base) {
    return new WritableTable(
        storage, base, Width.INT, ByteOrder.LITTLE_ENDIAN, BLOCKS_PAGE, BLOCKS_CACHE);
  }

  /** The entry with that number. What the storage lacks at its end reads as zeros. */
  public long at(long index) throws IOException {
    long position = position(index);
    return get(page(position / pageBytes), (int) (position % pageBytes));
  }

  /** Changes an entry, in memory. Nothing has changed if this throws. */
  public void set(long index, long value) throws IOException {
    fillRising(index, index + 1, value, 0);
  }

  /** Changes the entries from {@code first} to {@code end} to one value; as {@link #set}. */
  public void fill(long first, long end, long value) throws IOException {
    fillRising(first, end, value, 0);
  }

  /**
   * Changes the entries from {@code first} to {@code end} to values that rise by {@code step} from
   * each to the next; as {@link #set}.
   */
  public synchronized void fillRising(long first, long end, long value, long step)
      throws IOException {
    long position = position(first);
    long last = position(end);
    List<Page> ready = new ArrayList<>();
    for (long at = position; at < last; at += pageBytes - at % pageBytes) {
      boolean whole = at % pageBytes == 0 && last - at >= pageBytes;
      long number = at / pageBytes;
      ready.add(whole && !pages.containsKey(number) ? new Page(number, pageBytes) : page(number));
    }
    long next = value;
    for (Page page : ready) {
      int from = (int) Math.max(0, position - page.number * pageBytes);
      int to = (int) Math.min(pageBytes, last - page.number * pageBytes);
      change(page, from, to, next, step);
      next += step * ((to - from) / width);
    }
    giveUpOldPages(ready.size());
  }

  /** Changes a page that is there, or puts this one there. */
  private void change(Page ready, int from, int to, long value, long step) {
    Page page =
        pages.compute(
            ready.number,
            (number, present) -> {
              Page found = present == null ? added(ready) : present;
              long next = value;
              for (int at = from; at < to; at += width) {
                put(found, at, next);
                next += step;
              }
              found.change(from, to);
              return found;
            });
    changed.put(page.number, page);
  }

  /**
   * Where a run of equal entries ends. Looks at no more than {@link Table#MOST_EQUAL} of them: the
   * run may go on at the entry answered.
   *
   * @param end where to stop looking, after {@code index}
   */
  public long endOfEqual(long index, long end) throws IOException {
    long value = at(index);
    long last = Math.min(end, index + Table.MOST_EQUAL);
    MemorySegment buffer = null;
    for (long next = index + 1; next < last; ) {
      long position = position(next);
      Page page = pages.get(position / pageBytes);
      long stop = Math.min(last, next + (pageBytes - position % pageBytes) / width);
      if (page == null && last - next > pageBytes / width) {
        // A long run is not worth keeping.
        stop = Math.min(last, endOfUnread(position) / width);
        buffer = buffer == null ? MemorySegment.ofArray(new long[SCAN / Long.BYTES]) : buffer;
        read(position, buffer.asSlice(0, (stop - next) * width));
        long equal = countEqual(buffer, 0, (int) (stop - next), value);
        next += equal;
      } else {
        page = page(position / pageBytes);
        next += countEqual(page.bytes, (int) (position % pageBytes), (int) (stop - next), value);
      }
      if (next < stop) {
        return next;
      }
    }
    return last;
  }

  /** Where the pages end that follow and are not in memory, a position; at least one page. */
  private long endOfUnread(long position) {
    long number = position / pageBytes + 1;
    long most = (position + SCAN) / pageBytes;
    while (number < most && !pages.containsKey(number)) {
      number++;
    }
    return number * pageBytes;
  }

  private int countEqual(MemorySegment bytes, int from, int entries, long value) {
    int equal = 0;
    while (equal < entries && get(bytes, from + equal * width) == value) {
      equal++;
    }
    return equal;
  }

  /** How many bytes of memory the changes hold that were not taken yet. */
  public synchronized long changedBytes() {
    return (long) changed.size() * pageBytes;
  }

  /** How many pages are in memory. */
  int pages() {
    return count.get();
  }

  /** Takes all changes out, to be written; what changes from now on is for the next time. */
  public synchronized Changes take() {
    List<Change> taken = new ArrayList<>(changed.size());
    for (Page page : changed.values()) {
      // Nobody else changes pages, and those with changes stay.
      int length = page.changedEnd - page.changedFrom;
      MemorySegment bytes = MemorySegment.ofArray(new byte[length]);
      MemorySegment.copy(page.bytes, page.changedFrom, bytes, 0, length);
      taken.add(new Change(page.number, page.changedFrom, bytes));
    }
    Changes changes = new Changes(taken);
    // Should memory have ended before this, nothing has been forgotten.
    for (Page page : changed.values()) {
      pages.compute(
          page.number,
          (number, present) -> {
            page.forget();
            page.taken = true;
            return page;
          });
    }
    changed.clear();
    return changes;
  }

  private record Change(long page, int from, MemorySegment bytes) {}

  /** Changes on their way to the medium; {@link #close} puts back what was not written. */
  public final class Changes implements AutoCloseable {
    private List<Change> left;

    private Changes(List<Change> changes) {
      this.left = changes;
    }

    /** Whether there is nothing to write. */
    public boolean isEmpty() {
      return left.isEmpty();
    }

    /** Writes all of them, and does not sync. */
    public void write() throws IOException {
      for (Change change : left) {
        storage.write(base + change.page() * pageBytes + change.from(), change.bytes());
      }
      settle(false);
    }

    @Override
    public void close() {
      settle(true);
    }

    private void settle(boolean again) {
      synchronized (WritableTable.this) {
        for (Change change : left) {
          pages.computeIfPresent(
              change.page(),
              (number, page) -> {
                page.taken = false;
                if (again) {
                  page.change(change.from(), change.from() + (int) change.bytes().byteSize());
                  changed.put(number, page);
                }
                return page;
              });
        }
      }
      left = List.of();
    }
  }

  private long position(long index) {
    return Math.multiplyExact(Objects.checkIndex(index, Long.MAX_VALUE), (long) width);
  }

  private Page page(long number) throws IOException {
    Page page = pages.get(number);
    if (page == null) {
      try {
        page = pages.computeIfAbsent(number, this::load);
      } catch (UncheckedIOException e) {
        throw e.getCause();
      }
      giveUpOldPages(1);
    } else if (!page.used) {
      page.used = true;
    }
    return page;
  }

  private Page load(long number) {
    Page page = new Page(number, pageBytes);
    try {
      read(number * pageBytes, page.bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return added(page);
  }

  private Page added(Page page) {
    byAge.add(page);
    count.incrementAndGet();
    return page;
  }

  private void read(long position, MemorySegment target) throws IOException {
    target.asSlice(storage.read(base + position, target)).fill((byte) 0);
  }

  /** Looks at several times as many pages as came, since some are in use or hold changes. */
  private void giveUpOldPages(int added) {
    for (int tries = 8 * added; count.get() > mostPages && tries > 0; tries--) {
      Page oldest = byAge.poll();
      if (oldest == null) {
        return;
      }
      if (oldest.used) {
        oldest.used = false;
        byAge.add(oldest);
        continue;
      }
      Page kept =
          pages.computeIfPresent(
              oldest.number, (number, page) -> page.isChanged() || page.taken ? page : null);
      if (kept != null) {
        byAge.add(oldest);
      } else {
        count.decrementAndGet();
      }
    }
  }

  private long get(Page page, int at) {
    return get(page.bytes, at);
  }

  private long get(MemorySegment bytes, int at) {
    return width == Integer.BYTES
        ? Integer.toUnsignedLong(bytes.get(ints, at))
        : bytes.get(longs, at);
  }

  private void put(Page page, int at, long value) {
    if (width == Integer.BYTES) {
      page.bytes.set(ints, at, (int) value);
    } else {
      page.bytes.set(longs, at, value);
    }
  }
}
