package dev.platter.testdata;

import dev.platter.storage.ForwardingStorage;
import dev.platter.storage.MemoryStorage;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;

/**
 * A storage in memory that notes every change, so that a test can see what a medium held had the
 * power failed in between; {@link PowerCuts} goes through all of that. For one thread.
 */
public final class RecordingStorage extends ForwardingStorage {
  private final MemoryStorage before;
  private final MemoryStorage storage;
  private final List<Change> changes = new ArrayList<>();
  private long longest;

  /**
   * @param before what it holds at first
   */
  public RecordingStorage(String name, byte[] before) {
    this(MemoryStorage.of(name, before), MemoryStorage.of(name, before));
    longest = before.length;
  }

  private RecordingStorage(MemoryStorage before, MemoryStorage storage) {
    super(storage);
    this.before = before;
    this.storage = storage;
  }

  /** One change, to be made again. */
  interface Change {
    void applyTo(MemoryStorage medium) throws IOException;

    /** How many sectors it writes that may reach the medium one without the other; else 0. */
    default int sectors() {
      return 0;
    }

    /** Makes some of the change only: that in the sectors from one to another. */
    default void applyTo(MemoryStorage medium, int from, int to) throws IOException {
      throw new UnsupportedOperationException();
    }
  }

  /** A sync makes no change. */
  private static final Change SYNC = medium -> {};

  /** Sectors are those of the medium, not of the write. */
  private record Write(long offset, byte[] bytes) implements Change {
    private static final int SECTOR = 512;

    @Override
    public void applyTo(MemoryStorage medium) throws IOException {
      medium.write(offset, MemorySegment.ofArray(bytes));
    }

    @Override
    public int sectors() {
      return (int) (Math.ceilDiv(offset + bytes.length, SECTOR) - offset / SECTOR);
    }

    @Override
    public void applyTo(MemoryStorage medium, int from, int to) throws IOException {
      int start = (int) Math.max(0, (offset / SECTOR + from) * SECTOR - offset);
      int end = (int) Math.min(bytes.length, (offset / SECTOR + to) * SECTOR - offset);
      medium.write(offset + start, MemorySegment.ofArray(bytes).asSlice(start, end - start));
    }
  }

  /** How many changes there were, syncs among them. */
  public int changes() {
    return changes.size();
  }

  Change change(int n) {
    return changes.get(n);
  }

  /** Whether that change, the first being 0, is a sync. */
  public boolean isSync(int n) {
    return changes.get(n) == SYNC;
  }

  /** The first change of those that a sync at {@code n} would bring to the medium. */
  int windowBefore(int n) {
    int first = n;
    while (first > 0 && !isSync(first - 1)) {
      first--;
    }
    return first;
  }

  /** Whether nothing was changed since the last sync. */
  public boolean isSynced() {
    return changes.isEmpty() || changes.getLast() == SYNC;
  }

  /** How long it has been at any time, bytes. */
  public long longest() {
    return longest;
  }

  /** What it held at first; the caller's to change. */
  MemoryStorage before() throws IOException {
    return before.copy();
  }

  /** What a medium holds that only these of the changes reached. */
  public MemoryStorage after(IntPredicate reached) throws IOException {
    MemoryStorage medium = before();
    for (int i = 0; i < changes.size(); i++) {
      if (reached.test(i)) {
        changes.get(i).applyTo(medium);
      }
    }
    return medium;
  }

  /**
   * The same, but for changes that a sync which failed has dropped for good, though they were read
   * as if they had been made: the window that ends before change {@code end}.
   */
  public RecordingStorage dropping(int end) throws IOException {
    int first = windowBefore(end);
    RecordingStorage left = new RecordingStorage(before(), after(i -> i < first || i >= end));
    left.changes.addAll(changes.subList(0, first));
    left.changes.addAll(changes.subList(end, changes.size()));
    return left;
  }

  /** What it holds now. */
  public MemoryStorage storage() {
    return storage;
  }

  @Override
  public boolean readsZeroWhereUnwritten() {
    return true;
  }

  @Override
  protected long writeSome(long offset, MemorySegment source) throws IOException {
    byte[] bytes = source.toArray(ValueLayout.JAVA_BYTE);
    make(new Write(offset, bytes));
    return bytes.length;
  }

  @Override
  public void truncate(long size) throws IOException {
    make(medium -> medium.truncate(size));
  }

  @Override
  protected void zeroRange(long offset, long length) throws IOException {
    make(medium -> medium.zero(offset, length));
  }

  @Override
  protected void allocateRange(long offset, long length) throws IOException {
    make(medium -> medium.allocate(offset, length));
  }

  @Override
  public void sync() {
    changes.add(SYNC);
  }

  @Override
  protected long cloneRange(Storage source, long sourceOffset, long offset, long length) {
    return 0;
  }

  @Override
  protected long copyRange(Storage source, long sourceOffset, long offset, long length) {
    return 0;
  }

  private void make(Change change) throws IOException {
    changes.add(change);
    change.applyTo(storage);
    longest = Math.max(longest, storage.size());
  }
}
