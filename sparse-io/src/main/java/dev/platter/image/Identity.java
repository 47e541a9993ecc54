package dev.platter.image;

import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;

/**
 * Where a new image gets its identifiers and timestamps from: random and the present time, or, so
 * that the same input gives the same bytes, derived from a seed and a fixed time. The same purpose
 * gives the same value in one identity.
 */
public final class Identity {
  /** More than the longest identifier. */
  private static final int DRAWN_BYTES = 32;

  /** Null where identifiers are random. */
  private final String seed;

  private final Instant time;

  /** What each purpose got, where identifiers are random. */
  private final Map<String, byte[]> drawn = new HashMap<>();

  private Identity(String seed, Instant time) {
    this.seed = seed;
    this.time = time;
  }

  /** Identifiers that no other image has, and the present time. */
  public static Identity random() {
    return new Identity(null, Instant.now());
  }

  /** Identifiers that depend on nothing but the seed and what they are for. */
  public static Identity seeded(String seed, Instant time) {
    return new Identity(seed, time);
  }

  /**
   * A UUID (version 4 in form).
   *
   * @param purpose what it identifies, such as "vhd disk"
   */
  public UUID uuid(String purpose) {
    ByteBuffer bytes = derive(purpose);
    long high = (bytes.getLong() & ~0xF000L) | 0x4000L;
    long low = (bytes.getLong() & 0x3FFF_FFFF_FFFF_FFFFL) | 0x8000_0000_0000_0000L;
    return new UUID(high, low);
  }

  /** A 32-bit identifier, never 0 nor -1, which formats use for "none". */
  public int number(String purpose) {
    ByteBuffer bytes = derive(purpose);
    int number = bytes.getInt();
    while ((number == 0 || number == -1) && bytes.hasRemaining()) {
      number = bytes.getInt();
    }
    return number;
  }

  /** When the image is made. */
  public Instant time() {
    return time;
  }

  private synchronized ByteBuffer derive(String purpose) {
    return ByteBuffer.wrap(
        seed == null ? drawn.computeIfAbsent(purpose, _ -> draw()) : digest(purpose));
  }

  /**
   * Random bytes. From the system where it has them in a file: Java's providers take 8 ms to load.
   */
  private static byte[] draw() {
    byte[] bytes = new byte[DRAWN_BYTES];
    try (InputStream random = new FileInputStream("/dev/urandom")) {
      if (random.readNBytes(bytes, 0, DRAWN_BYTES) == DRAWN_BYTES) {
        return bytes;
      }
    } catch (IOException _) {
      // asked for below
    }
    new SecureRandom().nextBytes(bytes);
    return bytes;
  }

  private byte[] digest(String purpose) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(seed.getBytes(StandardCharsets.UTF_8));
      digest.update((byte) 0);
      return digest.digest(purpose.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
