package dev.platter.remote.nbd;

import dev.platter.image.DirtyBitmap;
import dev.platter.image.Extent;
import dev.platter.storage.Run;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** A disk whose bytes lie on a storage as they are. */
class MemoryExport implements NbdExport {
  private final String name;
  private final WritableStorage storage;
  private final boolean writable;
  private final long size;
  final AtomicInteger flushes = new AtomicInteger();
  final AtomicInteger discards = new AtomicInteger();
  volatile IOException failure;

  /** Whether bytes are sent from where they lie. */
  volatile boolean sends;

  volatile List<DirtyBitmap> bitmaps = List.of();

  MemoryExport(String name, WritableStorage storage, boolean writable) throws IOException {
    this.size = storage.size();
    this.name = name;
    this.storage = storage;
    this.writable = writable;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String description() {
    return "a disk for tests";
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public boolean isWritable() {
    return writable;
  }

  @Override
  public int preferredBytes() {
    return 4096;
  }

  @Override
  public void read(long offset, MemorySegment target) throws IOException {
    fail();
    storage.readFully(offset, target);
  }

  @Override
  public void write(long offset, MemorySegment source) throws IOException {
    fail();
    storage.write(offset, source);
  }

  @Override
  public void zero(long offset, long length, ZeroUse use) throws IOException {
    fail();
    storage.zero(offset, length);
  }

  @Override
  public void discard(long offset, long length) throws IOException {
    fail();
    discards.incrementAndGet();
    storage.zero(offset, length);
  }

  @Override
  public void flush() throws IOException {
    fail();
    flushes.incrementAndGet();
  }

  @Override
  public Extent.Data storedAt(long offset, long length) throws IOException {
    return sends ? new Extent.Data(offset, length, storage, offset) : null;
  }

  private void fail() throws IOException {
    if (failure != null) {
      throw failure;
    }
  }

  @Override
  public Extent extentAt(long offset, long limit) throws IOException {
    Run run = storage.runAt(offset, limit);
    return run.hole()
        ? new Extent.Absent(offset, run.length())
        : new Extent.Data(offset, run.length(), storage, offset);
  }

  @Override
  public List<DirtyBitmap> dirtyBitmaps() {
    return bitmaps;
  }
}
