package dev.platter.remote.oci;

import dev.platter.remote.http.HttpException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * What content is named by: a hash of it (Image Format Specification, "Digests").
 *
 * @param algorithm {@code sha256} or {@code sha512}
 * @param hex lower-case digits
 */
record Digest(String algorithm, String hex) {
  private static final String USUAL = "sha256";

  /**
   * Understands {@code ALGORITHM:HEX}.
   *
   * @throws HttpException if it is none, or of another algorithm
   */
  static Digest parse(String text) throws HttpException {
    int colon = text.indexOf(':');
    String algorithm = colon < 0 ? "" : text.substring(0, colon);
    String hex = text.substring(colon + 1);
    boolean isKnown =
        algorithm.equals("sha256") && hex.matches("[0-9a-f]{64}")
            || algorithm.equals("sha512") && hex.matches("[0-9a-f]{128}");
    if (!isKnown) {
      throw new HttpException("not a digest that can be checked: " + Registry.shown(text));
    }
    return new Digest(algorithm, hex);
  }

  /** That of some bytes, by SHA-256. */
  static Digest of(byte[] bytes) {
    MessageDigest hash = usual();
    hash.update(bytes);
    return ended(hash);
  }

  /** A hash to be made, which {@link #ended} ends. */
  static MessageDigest usual() {
    return hash(USUAL);
  }

  static Digest ended(MessageDigest usual) {
    return new Digest(USUAL, HexFormat.of().formatHex(usual.digest()));
  }

  /** A hash to be made of what should have this digest. */
  MessageDigest hash() {
    return hash(algorithm);
  }

  private static MessageDigest hash(String algorithm) {
    try {
      return MessageDigest.getInstance(algorithm.equals(USUAL) ? "SHA-256" : "SHA-512");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every Java has both
    }
  }

  /**
   * Checks what was hashed.
   *
   * @param what it is, for the message
   */
  void check(String what, MessageDigest hash) throws HttpException {
    String actual = HexFormat.of().formatHex(hash.digest());
    if (!actual.equals(hex)) {
      throw new HttpException(
          "%s has the digest %s:%s, expected %s".formatted(what, algorithm, actual, this));
    }
  }

  @Override
  public String toString() {
    return algorithm + ":" + hex;
  }
}
