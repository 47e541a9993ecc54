package dev.platter.server.identity;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** A secret as its SHA-256, which is compared in the same time whatever is alike. */
public final class Secret {
  private final byte[] digest;

  private Secret(byte[] digest) {
    this.digest = digest;
  }

  public static Secret of(String text) {
    return new Secret(digest(text));
  }

  /** The one whose SHA-256 this is. */
  static Secret ofDigest(byte[] digest) {
    return new Secret(digest.clone());
  }

  /** Whether it is this one. */
  boolean is(Secret other) {
    return MessageDigest.isEqual(digest, other.digest);
  }

  /** The SHA-256 of a text. */
  public static byte[] digest(String text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public String toString() {
    return "a secret";
  }
}
