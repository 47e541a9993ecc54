package dev.platter.server.cinder;

import dev.platter.storage.Run;
import dev.platter.storage.Storage;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * An image in a volume that is at least as large, and is made larger where the image grows beyond
 * it. For any thread.
 */
final class VolumeStorage extends WritableStorage {
  private final Growth growth;
  private final AtomicLong size = new AtomicLong();

  /** Held to use the volume, and alone to have it replaced by a larger one. */
  private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();

  private WritableStorage volume;
  private long capacity;

  /** A volume, as it is here now. */
  record Opened(WritableStorage storage, long capacity) {}

  /** Makes a volume larger. */
  interface Growth {
    /**
     * @param old is closed by it
     * @param least bytes that it must have then
     */
    Opened grow(WritableStorage old, long least) throws IOException;
  }

  VolumeStorage(String name, Opened opened, Growth growth) {
    super(name);
    this.volume = opened.storage();
    this.capacity = opened.capacity();
    this.growth = growth;
  }

  private interface Use {
    long of(WritableStorage volume) throws IOException;
  }

  /** Uses a part of the volume, which then is the image's. */
  private long use(long end, Use use) throws IOException {
    provide(end);
    long result = reading(use);
    size.accumulateAndGet(end, Math::max);
    return result;
  }

  private long reading(Use use) throws IOException {
    lock.readLock().lock();
    try {
      if (volume == null) {
        throw new IOException(name() + ": its volume is not here any more");
      }
      return use.of(volume);
    } finally {
      lock.readLock().unlock();
    }
  }

  private void provide(long end) throws IOException {
    lock.readLock().lock();
    try {
      if (end <= capacity) {
        return;
      }
    } finally {
      lock.readLock().unlock();
    }
    lock.writeLock().lock();
    try {
      if (end > capacity) {
        if (volume == null) {
          throw new IOException(name() + ": its volume is not here any more");
        }
        WritableStorage old = volume;
        volume = null;
        Opened larger = growth.grow(old, end);
        volume = larger.storage();
        capacity = larger.capacity();
      }
    } finally {
      lock.writeLock().unlock();
    }
  }

  @Override
  public long size() {
    return size.get();
  }

  @Override
  public boolean readsZeroWhereUnwritten() {
    lock.readLock().lock();
    try {
      return volume != null && volume.readsZeroWhereUnwritten();
    } finally {
      lock.readLock().unlock();
    }
  }

  /** What is beyond the image may be anything, and is made zeros before it becomes a part of it. */
  @Override
  public void truncate(long newSize) throws IOException {
    checkSize(newSize);
    long old = size.get();
    if (newSize > old) {
      if (readsZeroWhereUnwritten()) {
        use(newSize, each -> 0);
      } else {
        zeroRange(old, newSize - old);
      }
    } else if (newSize < old) {
      reading(each -> {
        each.zero(newSize, old - newSize);
        return 0;
      });
      size.set(newSize);
    }
  }

  private void checkSize(long newSize) {
    if (newSize < 0) {
      throw new IllegalArgumentException(name() + ": a size of " + newSize);
    }
  }

  @Override
  protected long readSome(long offset, MemorySegment target) throws IOException {
    long count = Math.min(target.byteSize(), size() - offset);
    return count <= 0 ? 0 : reading(each -> each.read(offset, target.asSlice(0, count)));
  }

  @Override
  protected Run findRun(long offset, long end) throws IOException {
    lock.readLock().lock();
    try {
      return volume == null ? super.findRun(offset, end) : volume.runAt(offset, end);
    } finally {
      lock.readLock().unlock();
    }
  }

  @Override
  protected long writeSome(long offset, MemorySegment source) throws IOException {
    return use(
        Math.addExact(offset, source.byteSize()),
        each -> {
          each.write(offset, source);
          return source.byteSize();
        });
  }

  @Override
  protected void zeroRange(long offset, long length) throws IOException {
    use(
        Math.addExact(offset, length),
        each -> {
          each.zero(offset, length);
          return 0;
        });
  }

  @Override
  protected void allocateRange(long offset, long length) throws IOException {
    use(
        Math.addExact(offset, length),
        each -> {
          each.allocate(offset, length);
          return 0;
        });
  }

  @Override
  protected long copyRange(Storage source, long sourceOffset, long offset, long length)
      throws IOException {
    provide(Math.addExact(offset, length));
    long count = reading(each -> each.copyFrom(source, sourceOffset, offset, length));
    if (count > 0) {
      size.accumulateAndGet(offset + count, Math::max);
    }
    return count;
  }

  @Override
  public void sync() throws IOException {
    reading(each -> {
      each.sync();
      return 0;
    });
  }

  /** Does nothing twice. */
  @Override
  public void close() throws IOException {
    lock.writeLock().lock();
    try {
      if (volume != null) {
        WritableStorage old = volume;
        volume = null;
        old.close();
      }
    } finally {
      lock.writeLock().unlock();
    }
  }
}
