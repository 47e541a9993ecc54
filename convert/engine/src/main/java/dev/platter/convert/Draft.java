package dev.platter.convert;

import dev.platter.image.Reference;
import dev.platter.image.spi.Target;
import dev.platter.storage.FileStorage;
import dev.platter.storage.MemoryStorage;
import dev.platter.storage.Run;
import dev.platter.storage.Storage;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * An image that goes where bytes can only be written in order, until it is sent there: all of it,
 * or, where it is {@linkplain Layout laid out} first, its tables alone. What is small stays in
 * memory, what is not goes into an unnamed file.
 */
final class Draft extends WritableStorage implements Target {
  /** How much of it is kept in memory, usually, bytes. */
  static final long MOST_IN_MEMORY = 32L << 20;

  private static final int PART = 1 << 20;

  private final Target goal;
  private final Path directory;
  private final long mostInMemory;
  private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
  private WritableStorage place;
  private boolean inMemory = true;

  /**
   * @param goal where it goes, in order
   * @param directory has room for a file where one is needed
   * @param mostInMemory how much is kept in memory, bytes
   */
  Draft(Target goal, Path directory, long mostInMemory) {
    super(goal.storage().name());
    this.goal = goal;
    this.directory = directory;
    this.mostInMemory = mostInMemory;
    this.place = new MemoryStorage(name());
  }

  @Override
  public WritableStorage storage() {
    return this;
  }

  @Override
  public WritableStorage outside(Reference reference) throws IOException {
    return goal.outside(reference);
  }

  /** Sends all of it, in order. */
  void send() throws IOException {
    long size = size();
    goal.expect(size);
    WritableStorage target = goal.storage();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(PART, 4096);
      for (long at = 0; at < size; ) {
        Run run = runAt(at, size);
        if (run.hole()) {
          target.zero(at, run.length());
          at = run.end();
        } else {
          MemorySegment part = buffer.asSlice(0, Math.min(PART, run.length()));
          readFully(at, part);
          target.write(at, part);
          at += part.byteSize();
        }
      }
    }
    target.truncate(size);
  }

  private interface Call<T> {
    T on(WritableStorage storage) throws IOException;
  }

  private <T> T call(Call<T> call) throws IOException {
    Lock shared = lock.readLock();
    shared.lock();
    try {
      return call.on(place);
    } finally {
      shared.unlock();
    }
  }

  /** Moves into a file what does not stay in memory with so many bytes more. */
  private void makeRoom(long bytes) throws IOException {
    if (!call(memory -> inMemory && memory.allocatedSize() + bytes > mostInMemory)) {
      return;
    }
    Lock alone = lock.writeLock();
    alone.lock();
    try {
      if (inMemory) {
        FileStorage file = FileStorage.createUnnamed(directory, name());
        WritableStorage memory = place;
        place = file;
        inMemory = false;
        try (memory) {
          copy(memory, file);
        }
      }
    } finally {
      alone.unlock();
    }
  }

  private static void copy(Storage source, WritableStorage target) throws IOException {
    long size = source.size();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(PART, 4096);
      for (long at = 0; at < size; ) {
        Run run = source.runAt(at, size);
        MemorySegment part = buffer.asSlice(0, Math.min(PART, run.length()));
        if (!run.hole()) {
          source.readFully(at, part);
          target.write(at, part);
        }
        at += run.hole() ? run.length() : part.byteSize();
      }
    }
    target.truncate(size);
  }

  @Override
  public long size() throws IOException {
    return call(Storage::size);
  }

  @Override
  public long allocatedSize() throws IOException {
    return call(Storage::allocatedSize);
  }

  @Override
  public boolean readsZeroWhereUnwritten() {
    return true;
  }

  @Override
  public void truncate(long size) throws IOException {
    call(storage -> {
      storage.truncate(size);
      return null;
    });
  }

  /** Does nothing: it is sent, and then the place it goes to is asked. */
  @Override
  public void sync() throws IOException {
    size(); // fails when closed
  }

  @Override
  protected long readSome(long offset, MemorySegment target) throws IOException {
    return call(storage -> storage.read(offset, target));
  }

  @Override
  protected Run findRun(long offset, long end) throws IOException {
    return call(storage -> storage.runAt(offset, end));
  }

  @Override
  protected long writeSome(long offset, MemorySegment source) throws IOException {
    makeRoom(source.byteSize());
    call(storage -> {
      storage.write(offset, source);
      return null;
    });
    return source.byteSize();
  }

  @Override
  protected void zeroRange(long offset, long length) throws IOException {
    call(storage -> {
      storage.zero(offset, length);
      return null;
    });
  }

  @Override
  protected void allocateRange(long offset, long length) throws IOException {
    makeRoom(length);
    call(storage -> {
      storage.allocate(offset, length);
      return null;
    });
  }

  @Override
  public void close() throws IOException {
    call(storage -> {
      storage.close();
      return null;
    });
  }
}
