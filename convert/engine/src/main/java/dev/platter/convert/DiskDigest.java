package dev.platter.convert;

import dev.platter.image.BlockMap;
import java.io.IOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Digests of all bytes that the guest sees of a disk, in order: those that the same disk has as a
 * raw file. Several are made in one pass.
 */
public final class DiskDigest {
  /** The names, and Java's for them. */
  private static final Map<String, String> ALGORITHMS = new LinkedHashMap<>();

  static {
    ALGORITHMS.put("md5", "MD5");
    ALGORITHMS.put("sha1", "SHA-1");
    ALGORITHMS.put("sha224", "SHA-224");
    ALGORITHMS.put("sha256", "SHA-256");
    ALGORITHMS.put("sha384", "SHA-384");
    ALGORITHMS.put("sha512", "SHA-512");
    ALGORITHMS.put("sha3-256", "SHA3-256");
    ALGORITHMS.put("sha3-512", "SHA3-512");
  }

  private DiskDigest() {}

  /** What digests are called, {@link BlockDigest}'s among them. */
  public static List<String> names() {
    return Stream.concat(ALGORITHMS.keySet().stream(), Stream.of(BlockDigest.NAME)).toList();
  }

  static MessageDigest algorithm(String name) {
    try {
      return MessageDigest.getInstance(ALGORITHMS.get(name.toLowerCase(Locale.ROOT)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalArgumentException("no digest of this name: " + name, e);
    }
  }

  /**
   * Makes digests.
   *
   * @param names of {@link #names}
   * @param workers how many threads make a {@link BlockDigest}
   * @return each under its name, in the order given
   * @throws Cancellation.CancelledException if it was cancelled
   */
  public static Map<String, byte[]> of(
      BlockMap disk, List<String> names, int workers, Progress progress, Cancellation cancellation)
      throws IOException {
    Map<String, byte[]> made = new LinkedHashMap<>();
    names.forEach(name -> made.put(name, null));
    List<String> inOrder = new ArrayList<>(made.keySet());
    if (inOrder.remove(BlockDigest.NAME)) {
      made.put(BlockDigest.NAME, BlockDigest.of(disk, workers, progress, cancellation));
    }
    if (!inOrder.isEmpty()) {
      GuestDigest digest = new GuestDigest(inOrder);
      digest.read(disk, progress, cancellation);
      made.putAll(digest.made());
    }
    return made;
  }
}
