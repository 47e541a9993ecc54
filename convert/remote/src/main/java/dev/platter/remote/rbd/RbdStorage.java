package dev.platter.remote.rbd;

import dev.platter.storage.Run;
import dev.platter.storage.StorageSnapshots;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * An image in a Ceph cluster. What is written is on the medium when the write returns; librbd's
 * cache is off. Closing it closes the connection that it was opened with, where it owns that.
 */
public final class RbdStorage extends WritableStorage {
  /** How large pieces are copied to and from memory of the heap. */
  private static final long COPY_BYTES = 4 << 20;

  private static final long ZERO_BYTES = 1 << 30;

  /** A new image grows by this and an eighth: a change of the size takes several exchanges. */
  private static final long GROW_BYTES = 256 << 20;

  private final Image image;
  private final Access access;
  private final boolean growsAhead;
  private final Object growing = new Object();
  private RbdPool owned;

  /** What the image can hold now, and what of that counts. */
  private volatile long capacity;

  private volatile long size;
  private volatile DataMap data;

  /** What an image is opened for. */
  public enum Access {
    READ,
    WRITE
  }

  RbdStorage(Image image, Access access, boolean growsAhead) throws IOException {
    super(image.name());
    this.image = image;
    this.access = access;
    this.growsAhead = growsAhead;
    try {
      this.capacity = image.size();
      this.size = capacity;
    } catch (Throwable e) {
      image.close();
      throw e;
    }
  }

  /** Has it close its pool's connection with itself. */
  RbdStorage owning(RbdPool pool) {
    owned = pool;
    return this;
  }

  Image image() {
    return image;
  }

  @Override
  public long size() throws IOException {
    image.checkOpen();
    return size;
  }

  /** Bytes of the objects that there are, where the image has a map of them; else its size. */
  @Override
  public long allocatedSize() throws IOException {
    DataMap map = data();
    return map.hasMap() ? map.objectBytes(size) : size;
  }

  /** The size of the objects that it is made of. */
  public long objectSize() throws IOException {
    return data().objectSize();
  }

  @Override
  protected long readSome(long offset, MemorySegment target) throws IOException {
    image.checkOpen();
    long count = Math.min(target.byteSize(), size - offset);
    if (count <= 0) {
      return 0;
    }
    if (target.isNative()) {
      image.transfer(Image.Direction.READ, offset, target.asSlice(0, count));
      return count;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment part = arena.allocate(Math.min(count, COPY_BYTES));
      image.transfer(Image.Direction.READ, offset, part);
      MemorySegment.copy(part, 0, target, 0, part.byteSize());
      return part.byteSize();
    }
  }

  @Override
  protected Run findRun(long offset, long end) throws IOException {
    return data().runAt(offset, end, size);
  }

  private DataMap data() throws IOException {
    DataMap known = data;
    if (known == null) {
      known = new DataMap(image);
      data = known;
    }
    return known;
  }

  @Override
  public void truncate(long newSize) throws IOException {
    if (newSize < 0) {
      throw new IllegalArgumentException(name() + ": size " + newSize);
    }
    requireWritable();
    synchronized (growing) {
      image.resize(newSize);
      capacity = newSize;
      size = newSize;
      data = null;
    }
  }

  /** Makes room for what is written up to {@code end}. */
  private void grow(long end) throws IOException {
    requireWritable();
    if (end <= size) {
      return;
    }
    synchronized (growing) {
      if (end > capacity) {
        long wanted = growsAhead ? Math.addExact(end, GROW_BYTES + end / 8) : end;
        image.resize(wanted);
        capacity = wanted;
      }
      size = Math.max(size, end);
    }
  }

  private void requireWritable() throws IOException {
    image.checkOpen();
    if (access != Access.WRITE) {
      throw new RbdException(name() + ": opened to be read only");
    }
  }

  @Override
  public boolean readsZeroWhereUnwritten() {
    return growsAhead;
  }

  @Override
  protected long writeSome(long offset, MemorySegment source) throws IOException {
    if (source.isNative()) {
      grow(Math.addExact(offset, source.byteSize()));
      image.transfer(Image.Direction.WRITE, offset, source);
      data = null;
      return source.byteSize();
    }
    long count = Math.min(source.byteSize(), COPY_BYTES);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment part = arena.allocate(count);
      MemorySegment.copy(source, 0, part, 0, count);
      return writeSome(offset, part);
    }
  }

  @Override
  protected void zeroRange(long offset, long length) throws IOException {
    long end = Math.addExact(offset, length);
    long old = size;
    grow(end);
    for (long at = offset; at < Math.min(end, old); ) { // what was not there is zero
      long count = Math.min(ZERO_BYTES, Math.min(end, old) - at);
      if (image.canZero()) {
        image.zero(at, count);
      } else {
        fill(at, count);
      }
      at += count;
    }
    data = null;
  }

  /** Ceph sets no space aside: zeros are written where nothing is. */
  @Override
  protected void allocateRange(long offset, long length) throws IOException {
    long end = Math.addExact(offset, length);
    grow(end);
    for (long at = offset; at < end; ) {
      Run run = runAt(at, end);
      if (run.hole()) {
        fill(at, run.length());
      }
      at = run.end();
    }
  }

  @Override
  public Optional<StorageSnapshots> snapshots() {
    return Optional.of(new RbdSnapshots(this));
  }

  /** Makes the image what it was at a snapshot, its size included. */
  void rollBack(String snapshot) throws IOException {
    requireWritable();
    synchronized (growing) {
      image.rollBack(snapshot);
      capacity = image.size();
      size = capacity;
      data = null;
    }
  }

  @Override
  public void sync() throws IOException {
    image.checkOpen();
    settle();
    image.flush();
  }

  /** Gives back what was grown ahead. */
  private void settle() throws IOException {
    synchronized (growing) {
      if (capacity > size) {
        image.resize(size);
        capacity = size;
      }
    }
  }

  @Override
  public void close() throws IOException {
    try {
      image.close();
    } finally {
      if (owned != null) {
        owned.close();
      }
    }
  }
}
