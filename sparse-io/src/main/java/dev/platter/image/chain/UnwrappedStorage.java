package dev.platter.image.chain;

import dev.platter.image.wrap.GradualSpool;
import dev.platter.storage.Run;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/** What a wrapped file holds, read from a spool file. Owns both. */
public final class UnwrappedStorage extends Storage {
  private final Storage packed;
  private final Storage spool;
  private final String wrapping;

  UnwrappedStorage(Storage packed, Storage spool, String wrapping) {
    super(packed.name());
    this.packed = packed;
    this.spool = spool;
    this.wrapping = wrapping;
  }

  /** The wrapped file itself. */
  public Storage packed() {
    return packed;
  }

  /** The name of the outermost wrapping. */
  public String wrapping() {
    return wrapping;
  }

  /** What is unwrapped as it is read, where that is so. */
  Optional<GradualSpool> gradual() {
    return spool instanceof GradualSpool gradual ? Optional.of(gradual) : Optional.empty();
  }

  @Override
  public boolean comesInOrder() {
    return spool.comesInOrder();
  }

  @Override
  public long size() throws IOException {
    return spool.size();
  }

  @Override
  public long allocatedSize() throws IOException {
    return spool.allocatedSize();
  }

  @Override
  public int alignment() {
    return spool.alignment();
  }

  @Override
  protected long readSome(long offset, MemorySegment target) throws IOException {
    return spool.read(offset, target);
  }

  @Override
  protected Run findRun(long offset, long end) throws IOException {
    return spool.runAt(offset, end);
  }

  @Override
  public void willNeed(long offset, long length) {
    spool.willNeed(offset, length);
  }

  @Override
  public void dontNeed(long offset, long length) {
    spool.dontNeed(offset, length);
  }

  @Override
  public void close() throws IOException {
    try (packed) {
      spool.close();
    }
  }
}
