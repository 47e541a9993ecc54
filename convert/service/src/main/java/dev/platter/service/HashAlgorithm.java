package dev.platter.service;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.bouncycastle.jce.provider.BouncyCastleProvider;

/**
 * How the better of an image's two digests is made: what Python's {@code hashlib} can say in
 * hexadecimal digits without being told how many, and is made in one way everywhere.
 */
public enum HashAlgorithm {
  MD5("md5", "MD5"),
  SHA1("sha1", "SHA-1"),
  SHA224("sha224", "SHA-224"),
  SHA256("sha256", "SHA-256"),
  SHA384("sha384", "SHA-384"),
  SHA512("sha512", "SHA-512"),
  SHA512_224("sha512_224", "SHA-512/224"),
  SHA512_256("sha512_256", "SHA-512/256"),
  SHA3_224("sha3_224", "SHA3-224"),
  SHA3_256("sha3_256", "SHA3-256"),
  SHA3_384("sha3_384", "SHA3-384"),
  SHA3_512("sha3_512", "SHA3-512"),
  BLAKE2B("blake2b", "BLAKE2B-512"),
  BLAKE2S("blake2s", "BLAKE2S-256"),
  RIPEMD160("ripemd160", "RIPEMD160"),
  SM3("sm3", "SM3");

  private final String apiName;
  private final String javaName;

  HashAlgorithm(String apiName, String javaName) {
    this.apiName = apiName;
    this.javaName = javaName;
  }

  /** The algorithm of this name in the Image API, which is Python's. */
  public static Optional<HashAlgorithm> named(String apiName) {
    return Arrays.stream(values()).filter(one -> one.apiName.equals(apiName)).findFirst();
  }

  /** All names. */
  public static List<String> names() {
    return Arrays.stream(values()).map(HashAlgorithm::apiName).toList();
  }

  /** What the Image API calls it. */
  public String apiName() {
    return apiName;
  }

  /** A digest of no bytes yet. */
  public MessageDigest digest() {
    try {
      return isOfJava()
          ? MessageDigest.getInstance(javaName)
          : MessageDigest.getInstance(javaName, Others.PROVIDER);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("there is always " + javaName, e);
    }
  }

  private boolean isOfJava() {
    return switch (this) {
      case BLAKE2B, BLAKE2S, RIPEMD160, SM3 -> false;
      default -> true;
    };
  }

  /** Loaded only for what Java itself does not have. */
  private static final class Others {
    static final BouncyCastleProvider PROVIDER = new BouncyCastleProvider();
  }
}
