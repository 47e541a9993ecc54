package dev.platter.storage;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A storage that can be written. As with reading, every method is positional and may be called by
 * many threads at once; two writes to the same bytes at the same time leave either.
 */
public abstract class WritableStorage extends Storage {
  private static final long ZEROS = 1 << 20;
  private static final int PAGE = 4096;

  protected WritableStorage(String name) {
    super(name);
  }

  /**
   * Writes all of {@code source}, which the caller owns; the storage grows as needed, a gap reads
   * as zeros.
   */
  public final void write(long offset, MemorySegment source) throws IOException {
    checkOffset(offset);
    long done = 0;
    while (done < source.byteSize()) {
      done += writeSome(Math.addExact(offset, done), done == 0 ? source : source.asSlice(done));
    }
  }

  /**
   * Cuts or extends to {@code size} bytes; what is new reads as zeros. A device only accepts what
   * it can hold.
   */
  public abstract void truncate(long size) throws IOException;

  /** Whether bytes that were never written read as zeros (a new file: yes; a device: no). */
  public abstract boolean readsZeroWhereUnwritten();

  /**
   * Makes {@code length} bytes from {@code offset} read as zeros, giving their space back where the
   * medium can; writes zeros where it cannot. Grows the storage when the range reaches past its
   * end.
   */
  public final void zero(long offset, long length) throws IOException {
    checkOffset(offset);
    if (length > 0) {
      zeroRange(offset, length);
    }
  }

  /** Writes {@code length} zeros from {@code offset} on, so that they take their space. */
  public final void fill(long offset, long length) throws IOException {
    checkOffset(offset);
    long end = Math.addExact(offset, length);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment zeros = arena.allocate(Math.min(ZEROS, length), PAGE);
      for (long at = offset; at < end; at += zeros.byteSize()) {
        write(at, zeros.asSlice(0, Math.min(zeros.byteSize(), end - at)));
      }
    }
  }

  /**
   * Reserves space for {@code length} bytes from {@code offset} without changing what they read as;
   * grows the storage.
   */
  public final void allocate(long offset, long length) throws IOException {
    checkOffset(offset);
    if (length > 0) {
      allocateRange(offset, length);
    }
  }

  /**
   * Lets this storage share blocks of another one (reflink): no byte moves, and later writes to
   * either stay apart.
   *
   * @return how many bytes are shared, a prefix of the range; 0 where the two storages or the
   *     range's alignment do not allow it
   */
  public final long cloneFrom(Storage source, long sourceOffset, long offset, long length)
      throws IOException {
    checkOffset(offset);
    source.checkOffset(sourceOffset);
    return length <= 0 ? 0 : cloneRange(source, sourceOffset, offset, length);
  }

  /**
   * Copies bytes from another storage inside the system: a shared extent (reflink) where both allow
   * it, else a kernel copy.
   *
   * @return how many bytes were copied, a prefix of the range; 0 where the two storages cannot do
   *     it, and the caller reads and writes the rest itself
   */
  public final long copyFrom(Storage source, long sourceOffset, long offset, long length)
      throws IOException {
    checkOffset(offset);
    source.checkOffset(sourceOffset);
    return length <= 0 ? 0 : copyRange(source, sourceOffset, offset, length);
  }

  /** Returns when everything written is on the medium. */
  public abstract void sync() throws IOException;

  /** Writes at least one byte of {@code source} (never empty) and returns how many. */
  protected abstract long writeSome(long offset, MemorySegment source) throws IOException;

  /** {@link #zero}, arguments checked, length positive. */
  protected abstract void zeroRange(long offset, long length) throws IOException;

  /** {@link #allocate}, arguments checked, length positive. */
  protected abstract void allocateRange(long offset, long length) throws IOException;

  /** {@link #cloneFrom}, arguments checked, length positive. */
  protected long cloneRange(Storage source, long sourceOffset, long offset, long length)
      throws IOException {
    return 0;
  }

  /** {@link #copyFrom}, arguments checked, length positive. */
  protected long copyRange(Storage source, long sourceOffset, long offset, long length)
      throws IOException {
    return 0;
  }
}
