package dev.platter.storage;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.ClosedChannelException;
import java.util.HashSet;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * A storage in memory, for tests and small things. It grows as it is written and knows holes in
 * units of 4 KiB, so that a huge and mostly empty one costs little.
 */
public final class MemoryStorage extends WritableStorage {
  private static final int PAGE = 4096;

  private final ReadWriteLock lock = new ReentrantReadWriteLock();
  private final TreeMap<Long, byte[]> pages = new TreeMap<>();

  /** The pages that a copy has too, and that are made anew before they are changed. */
  private final Set<Long> shared = new HashSet<>();

  private long size;
  private boolean closed;

  /** An empty storage. */
  public MemoryStorage(String name) {
    super(name);
  }

  /** A storage that holds a copy of these bytes, without holes. */
  public static MemoryStorage of(String name, byte[] content) {
    MemoryStorage storage = new MemoryStorage(name);
    storage.put(0, MemorySegment.ofArray(content), content.length);
    storage.size = content.length;
    return storage;
  }

  /** Another storage that holds the same. It costs little until either of the two is changed. */
  public MemoryStorage copy() throws IOException {
    MemoryStorage copy = new MemoryStorage(name());
    locked(
        lock.writeLock(),
        () -> {
          shared.addAll(pages.keySet());
          copy.pages.putAll(pages);
          copy.shared.addAll(shared);
          copy.size = size;
          return 0L;
        });
    return copy;
  }

  @Override
  public long size() throws IOException {
    return locked(lock.readLock(), () -> size);
  }

  @Override
  public long allocatedSize() throws IOException {
    return locked(lock.readLock(), () -> (long) pages.size() * PAGE);
  }

  @Override
  public boolean readsZeroWhereUnwritten() {
    return true;
  }

  @Override
  protected long readSome(long offset, MemorySegment target) throws IOException {
    return locked(
        lock.readLock(),
        () -> {
          long count = Math.min(target.byteSize(), size - offset);
          for (long done = 0; done < count; ) {
            int within = (int) ((offset + done) % PAGE);
            long part = Math.min(PAGE - within, count - done);
            byte[] page = pages.get((offset + done) / PAGE);
            if (page == null) {
              target.asSlice(done, part).fill((byte) 0);
            } else {
              MemorySegment.copy(MemorySegment.ofArray(page), within, target, done, part);
            }
            done += part;
          }
          return count;
        });
  }

  @Override
  protected long writeSome(long offset, MemorySegment source) throws IOException {
    long length = source.byteSize();
    long end = Math.addExact(offset, length);
    return locked(
        lock.writeLock(),
        () -> {
          put(offset, source, length);
          size = Math.max(size, end);
          return length;
        });
  }

  @Override
  protected Run findRun(long offset, long end) throws IOException {
    return locked(
        lock.readLock(),
        () -> {
          long page = offset / PAGE;
          boolean hole = !pages.containsKey(page);
          if (hole) {
            Long data = pages.ceilingKey(page);
            page = data == null ? Long.MAX_VALUE / PAGE : data;
          } else {
            while (page * PAGE < end && pages.containsKey(page)) {
              page++;
            }
          }
          return new Run(offset, Math.min(page * PAGE, end) - offset, hole);
        });
  }

  @Override
  public void truncate(long newSize) throws IOException {
    checkOffset(newSize);
    locked(
        lock.writeLock(),
        () -> {
          if (newSize < size) {
            clear(newSize, size);
          }
          size = newSize;
          return 0L;
        });
  }

  @Override
  protected void zeroRange(long offset, long length) throws IOException {
    long end = Math.addExact(offset, length);
    locked(
        lock.writeLock(),
        () -> {
          clear(offset, end);
          size = Math.max(size, end);
          return 0L;
        });
  }

  @Override
  protected void allocateRange(long offset, long length) throws IOException {
    long end = Math.addExact(offset, length);
    locked(
        lock.writeLock(),
        () -> {
          for (long page = offset / PAGE; page <= (end - 1) / PAGE; page++) {
            ownPage(page);
          }
          size = Math.max(size, end);
          return 0L;
        });
  }

  @Override
  public void sync() throws IOException {
    size();
  }

  @Override
  public void close() {
    lock.writeLock().lock();
    try {
      closed = true;
      pages.clear();
    } finally {
      lock.writeLock().unlock();
    }
  }

  /** All bytes from 0 to {@link #size()}, a copy; for small storages only. */
  public byte[] toByteArray() throws IOException {
    byte[] bytes = new byte[Math.toIntExact(size())];
    readFully(0, MemorySegment.ofArray(bytes));
    return bytes;
  }

  private void put(long offset, MemorySegment source, long length) {
    for (long done = 0; done < length; ) {
      int within = (int) ((offset + done) % PAGE);
      long part = Math.min(PAGE - within, length - done);
      byte[] page = ownPage((offset + done) / PAGE);
      MemorySegment.copy(source, done, MemorySegment.ofArray(page), within, part);
      done += part;
    }
  }

  /** A page to be changed, made where there is none. */
  private byte[] ownPage(long number) {
    byte[] page = pages.get(number);
    if (page == null || shared.remove(number)) {
      page = page == null ? new byte[PAGE] : page.clone();
      pages.put(number, page);
    }
    return page;
  }

  /** Whole pages become holes, the odd ends are filled with zeros. */
  private void clear(long from, long end) {
    long firstWhole = (from + PAGE - 1) / PAGE;
    long endWhole = end >= size ? (end + PAGE - 1) / PAGE : end / PAGE;
    if (firstWhole < endWhole) {
      pages.subMap(firstWhole, endWhole).clear();
      shared.removeIf(page -> page >= firstWhole && page < endWhole);
    }
    fillZero(from, Math.min(end, firstWhole * PAGE));
    fillZero(Math.max(from, endWhole * PAGE), end);
  }

  private void fillZero(long from, long end) {
    if (from < end) {
      long page = from / PAGE;
      if (pages.containsKey(page)) {
        MemorySegment.ofArray(ownPage(page)).asSlice(from % PAGE, end - from).fill((byte) 0);
      }
    }
  }

  private interface Action<T> {
    T run();
  }

  private <T> T locked(Lock held, Action<T> action) throws IOException {
    held.lock();
    try {
      if (closed) {
        throw new ClosedChannelException();
      }
      return action.run();
    } finally {
      held.unlock();
    }
  }
}
