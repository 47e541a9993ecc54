package dev.platter.testdata;

import dev.platter.storage.ForwardingStorage;
import dev.platter.storage.Storage;
import dev.platter.storage.SystemException;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A storage that passes everything on to another one, and fails as a test asks it to. Kernel copies
 * are not passed on, so that every byte goes through the calls that can fail. Set the faults up
 * before other threads use it.
 */
public final class FaultyStorage extends ForwardingStorage {
  private static final int EIO = 5;
  private static final int ENOSPC = 28;

  private final AtomicInteger reads = new AtomicInteger();
  private final AtomicInteger changes = new AtomicInteger();
  private final AtomicLong room = new AtomicLong(Long.MAX_VALUE);
  private long most = Long.MAX_VALUE;
  private int failingRead;
  private int failingChange;
  private int firstFailing = Integer.MAX_VALUE;
  private int lastChange = Integer.MAX_VALUE;
  private long end = Long.MAX_VALUE;

  /**
   * @param storage what is behind it; closed with this one
   */
  public FaultyStorage(WritableStorage storage) {
    super(storage);
  }

  /** Moves at most {@code bytes} at a time, as a system may that is interrupted. */
  public FaultyStorage transferringAtMost(int bytes) {
    most = bytes;
    return this;
  }

  /** Lets the n-th read (the first is 1) end in "Input/output error". */
  public FaultyStorage failingRead(int n) {
    failingRead = n;
    return this;
  }

  /**
   * Lets the n-th change (write, zero, allocate, truncate, sync; the first is 1) end in
   * "Input/output error".
   */
  public FaultyStorage failingChange(int n) {
    failingChange = n;
    return this;
  }

  /** Lets all changes from the n-th on end in "Input/output error". */
  public FaultyStorage failingFrom(int n) {
    firstFailing = n;
    return this;
  }

  /**
   * Takes no change that makes it longer than {@code size} bytes: "No space left on device". What
   * it has can be changed as before.
   */
  public FaultyStorage endingAt(long size) {
    end = size;
    return this;
  }

  /** Takes {@code bytes} of writes in all; then "No space left on device". */
  public FaultyStorage fullAfter(long bytes) {
    room.set(bytes);
    return this;
  }

  /**
   * Loses the power after n changes: whatever comes later seems to succeed and never reaches the
   * medium.
   */
  public FaultyStorage crashingAfter(int n) {
    lastChange = n;
    return this;
  }

  /** How many reads there were. */
  public int reads() {
    return reads.get();
  }

  /** How many changes there were, lost ones too. */
  public int changes() {
    return changes.get();
  }

  @Override
  protected long readSome(long offset, MemorySegment target) throws IOException {
    if (reads.incrementAndGet() == failingRead) {
      throw new SystemException(name(), "read at 0x" + Long.toHexString(offset), EIO);
    }
    return super.readSome(offset, target.asSlice(0, Math.min(most, target.byteSize())));
  }

  @Override
  protected long writeSome(long offset, MemorySegment source) throws IOException {
    long length = Math.min(most, source.byteSize());
    if (!change("write", offset)) {
      return length;
    }
    checkEnd("write", offset, offset + length);
    if (room.addAndGet(-length) < 0) {
      room.set(0);
      throw new SystemException(name(), "write at 0x" + Long.toHexString(offset), ENOSPC);
    }
    return super.writeSome(offset, source.asSlice(0, length));
  }

  @Override
  public void truncate(long size) throws IOException {
    if (change("truncate", size)) {
      checkEnd("truncate", size, size);
      super.truncate(size);
    }
  }

  @Override
  protected void zeroRange(long offset, long length) throws IOException {
    if (change("zero", offset)) {
      checkEnd("zero", offset, offset + length);
      super.zeroRange(offset, length);
    }
  }

  @Override
  protected void allocateRange(long offset, long length) throws IOException {
    if (change("allocate", offset)) {
      checkEnd("allocate", offset, offset + length);
      super.allocateRange(offset, length);
    }
  }

  @Override
  public void sync() throws IOException {
    if (change("sync", 0)) {
      super.sync();
    }
  }

  @Override
  protected long cloneRange(Storage source, long sourceOffset, long offset, long length) {
    return 0;
  }

  @Override
  protected long copyRange(Storage source, long sourceOffset, long offset, long length) {
    return 0;
  }

  private void checkEnd(String action, long offset, long reached) throws IOException {
    if (reached > end && reached > size()) {
      throw new SystemException(name(), action + " at 0x" + Long.toHexString(offset), ENOSPC);
    }
  }

  /** Whether the change is to be passed on. */
  private boolean change(String action, long offset) throws IOException {
    int number = changes.incrementAndGet();
    if (number == failingChange || number >= firstFailing) {
      throw new SystemException(name(), action + " at 0x" + Long.toHexString(offset), EIO);
    }
    return number <= lastChange;
  }
}
