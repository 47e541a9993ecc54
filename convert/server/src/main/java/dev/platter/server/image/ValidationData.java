package dev.platter.server.image;

import com.fasterxml.jackson.databind.JsonNode;
import dev.platter.server.http.ApiException;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What a caller says that the digests of data are which lie somewhere already.
 *
 * @param algorithm of the digest, by the name that the interface has for it
 * @param value the digest in hexadecimal digits, in lower case
 * @param checksum the MD5, or null where nobody says
 */
public record ValidationData(String algorithm, String value, String checksum) {
  private static final Map<String, Integer> BITS =
      Map.of("sha224", 224, "sha256", 256, "sha384", 384, "sha512", 512);
  private static final Set<String> MEMBERS = Set.of("os_hash_algo", "os_hash_value", "checksum");

  /**
   * Reads a member {@code validation_data}; nothing when there is none.
   *
   * @param status of the answer when the digests cannot be what they are said to be
   */
  public static Optional<ValidationData> read(JsonNode node, int status) {
    if (node.isMissingNode()) {
      return Optional.empty();
    }
    for (Map.Entry<String, JsonNode> member : node.properties()) {
      if (!MEMBERS.contains(member.getKey()) || !member.getValue().isTextual()) {
        throw ApiException.badRequest("validation_data has no text " + member.getKey());
      }
    }
    String algorithm = node.path("os_hash_algo").textValue();
    String value = node.path("os_hash_value").textValue();
    if (algorithm == null || value == null) {
      throw ApiException.badRequest("validation_data needs os_hash_algo and os_hash_value");
    }
    Integer bits = BITS.get(algorithm);
    if (bits == null) {
      throw new ApiException(
          status, "os_hash_algo is one of " + BITS.keySet() + ", not " + algorithm);
    }
    checkDigits("os_hash_value", value, bits / 4, status);
    String checksum = node.path("checksum").textValue();
    if (checksum != null) {
      checkDigits("checksum", checksum, 32, status);
    }
    return Optional.of(
        new ValidationData(
            algorithm,
            value.toLowerCase(Locale.ROOT),
            checksum == null ? null : checksum.toLowerCase(Locale.ROOT)));
  }

  private static void checkDigits(String name, String text, int count, int status) {
    if (!text.matches("[0-9a-fA-F]{" + count + "}")) {
      throw new ApiException(status, name + " has " + count + " hexadecimal digits");
    }
  }

  /** Whether an image's record says the same. */
  boolean agreesWith(ImageData data) {
    return value.equals(data.hashValue())
        && algorithm.equals(data.hashAlgorithm())
        && (checksum == null || checksum.equals(data.checksum()));
  }

  /** The name that Java has for the algorithm. */
  public String javaAlgorithm() {
    return "SHA-" + BITS.get(algorithm);
  }

  /** What the record of an image says when it is believed. */
  public ImageData data(long size) {
    return new ImageData(size, null, checksum, algorithm, value);
  }
}
