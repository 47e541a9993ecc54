package dev.platter.testdata;

import dev.platter.storage.MemoryStorage;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** A storage written in place: full of old bytes, also where it grows. */
public final class OldBytes extends WritableStorage {
  private final MemoryStorage bytes;

  /**
   * @param size how many old bytes there are
   */
  public OldBytes(int size) {
    super("old");
    byte[] old = new byte[size];
    Arrays.fill(old, (byte) 0x5A);
    bytes = MemoryStorage.of("old", old);
  }

  /** A copy of all that is stored now. */
  public byte[] toByteArray() throws IOException {
    return bytes.toByteArray();
  }

  @Override
  public long size() throws IOException {
    return bytes.size();
  }

  @Override
  public void truncate(long size) throws IOException {
    bytes.truncate(size);
  }

  @Override
  public boolean readsZeroWhereUnwritten() {
    return false;
  }

  @Override
  public void sync() {}

  @Override
  protected long readSome(long offset, MemorySegment target) throws IOException {
    return bytes.read(offset, target);
  }

  @Override
  protected long writeSome(long offset, MemorySegment source) throws IOException {
    bytes.write(offset, source);
    return source.byteSize();
  }

  @Override
  protected void zeroRange(long offset, long length) throws IOException {
    bytes.zero(offset, length);
  }

  @Override
  protected void allocateRange(long offset, long length) throws IOException {
    bytes.allocate(offset, length);
  }

  @Override
  public void close() {
    bytes.close();
  }
}
