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
 * power failed in between. For one thread.
 */
public final class RecordingStorage extends ForwardingStorage {
  private final byte[] before;
  private final MemoryStorage storage;
  private final List<Change> changes = new ArrayList<>();

  /**
   * @param before what it holds at first
   */
  public RecordingStorage(String name, byte[] before) {
    this(before.clone(), MemoryStorage.of(name, before));
  }

  private RecordingStorage(byte[] before, MemoryStorage storage) {
    super(storage);
    this.before = before;
    this.storage = storage;
  }

  /** One change, to be made again; a sync makes none. */
  private interface Change {
    void applyTo(MemoryStorage storage) throws IOException;
  }

  private static final Change SYNC = storage -> {};

  /** How many changes there were, syncs among them. */
  public int changes() {
    return changes.size();
  }

  /** The change before which everything earlier was on the medium when change {@code n} came. */
  public int syncBefore(int n) {
    int at = n;
    while (at > 0 && changes.get(at - 1) != SYNC) {
      at--;
    }
    return at;
  }

  /** What a medium holds that only these of the changes reached. */
  public MemoryStorage after(IntPredicate reached) throws IOException {
    MemoryStorage medium = MemoryStorage.of(name(), before);
    for (int i = 0; i < changes.size(); i++) {
      if (reached.test(i)) {
        changes.get(i).applyTo(medium);
      }
    }
    return medium;
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
    make(medium -> medium.write(offset, MemorySegment.ofArray(bytes)));
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
  }
}
