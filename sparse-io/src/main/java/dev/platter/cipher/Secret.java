package dev.platter.cipher;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;

/**
 * Bytes that nobody else shall see: a passphrase or a key. They lie outside of the heap, where
 * nothing copies them, and are overwritten by {@link #close()}. Never shown by {@link #toString()}.
 * Any thread may use it until it is closed.
 */
public final class Secret implements AutoCloseable {
  private static final SecureRandom RANDOM = new SecureRandom();

  private final Arena arena = Arena.ofShared();
  private final MemorySegment bytes;

  private Secret(int length) {
    bytes = arena.allocate(Math.max(1, length)).asSlice(0, length);
  }

  /** Takes the bytes over: the array holds zeros afterwards. */
  public static Secret taking(byte[] plain) {
    Secret secret = new Secret(plain.length);
    MemorySegment.copy(plain, 0, secret.bytes, ValueLayout.JAVA_BYTE, 0, plain.length);
    Arrays.fill(plain, (byte) 0);
    return secret;
  }

  /** A new key. */
  public static Secret random(int length) {
    byte[] key = new byte[length];
    RANDOM.nextBytes(key);
    return taking(key);
  }

  /** A secret of its own with the same bytes. */
  public Secret copy() {
    return taking(toArray());
  }

  /** How long it is, bytes. */
  public int length() {
    return (int) bytes.byteSize();
  }

  /** A copy on the heap, which the caller overwrites as soon as it can. */
  public byte[] toArray() {
    return bytes.toArray(ValueLayout.JAVA_BYTE);
  }

  /** Compares in a time that does not depend on the bytes. */
  public boolean isSame(Secret other) {
    byte[] mine = toArray();
    byte[] others = other.toArray();
    boolean same = MessageDigest.isEqual(mine, others);
    Arrays.fill(mine, (byte) 0);
    Arrays.fill(others, (byte) 0);
    return same;
  }

  @Override
  public String toString() {
    return "a secret";
  }

  /** Overwrites it. Once is enough. */
  @Override
  public void close() {
    if (arena.scope().isAlive()) {
      bytes.fill((byte) 0);
      arena.close();
    }
  }
}
