package dev.platter.cipher;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Optional;
import org.bouncycastle.jcajce.provider.digest.RIPEMD160;

/** A hash function, by the name that LUKS headers have for it. */
public enum Hash {
  MD5("md5", "MD5", 16, 64),
  SHA1("sha1", "SHA-1", 20, 64),
  SHA224("sha224", "SHA-224", 28, 64),
  SHA256("sha256", "SHA-256", 32, 64),
  SHA384("sha384", "SHA-384", 48, 128),
  SHA512("sha512", "SHA-512", 64, 128),
  RIPEMD160("ripemd160", null, 20, 64);

  private final String luksName;
  private final String javaName;
  private final int length;
  private final int blockLength;

  Hash(String luksName, String javaName, int length, int blockLength) {
    this.luksName = luksName;
    this.javaName = javaName;
    this.length = length;
    this.blockLength = blockLength;
  }

  /** The hash of that name, in any case. */
  public static Optional<Hash> named(String name) {
    return Arrays.stream(values()).filter(hash -> hash.luksName.equalsIgnoreCase(name)).findFirst();
  }

  /** How headers call it. */
  public String luksName() {
    return luksName;
  }

  /** The length of what it answers, bytes. */
  public int length() {
    return length;
  }

  /** The length of what it takes in at a time, bytes. */
  int blockLength() {
    return blockLength;
  }

  /** A new digest, which can be cloned. */
  MessageDigest newDigest() {
    if (javaName == null) {
      return new RIPEMD160.Digest();
    }
    try {
      return MessageDigest.getInstance(javaName);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this Java has no " + javaName, e);
    }
  }
}
