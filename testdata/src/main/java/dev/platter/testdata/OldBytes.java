package dev.platter.testdata;

import dev.platter.storage.ForwardingStorage;
import dev.platter.storage.MemoryStorage;
import java.io.IOException;
import java.util.Arrays;

/** A storage written in place: full of old bytes, also where it grows. */
public final class OldBytes extends ForwardingStorage {
  private final MemoryStorage bytes;

  /**
   * @param size how many old bytes there are
   */
  public OldBytes(int size) {
    this(MemoryStorage.of("old", old(size)));
  }

  private OldBytes(MemoryStorage bytes) {
    super(bytes);
    this.bytes = bytes;
  }

  private static byte[] old(int size) {
    byte[] old = new byte[size];
    Arrays.fill(old, (byte) 0x5A);
    return old;
  }

  /** A copy of all that is stored now. */
  public byte[] toByteArray() throws IOException {
    return bytes.toByteArray();
  }

  @Override
  public boolean readsZeroWhereUnwritten() {
    return false;
  }
}
