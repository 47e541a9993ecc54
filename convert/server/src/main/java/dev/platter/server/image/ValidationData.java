package dev.platter.server.image;

import com.fasterxml.jackson.databind.JsonNode;
import dev.platter.server.http.ApiException;
import dev.platter.service.HashAlgorithm;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What a caller says that the digests of data are which lie somewhere already.
 *
 * @param algorithm of the digest
 * @param value the digest in hexadecimal digits, in lower case
 * @param checksum the MD5, or null where nobody says
 */
public record ValidationData(HashAlgorithm algorithm, String value, String checksum) {
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
    String name = node.path("os_hash_algo").textValue();
    String value = node.path("os_hash_value").textValue();
    if (name == null || value == null) {
      throw ApiException.badRequest("validation_data needs os_hash_algo and os_hash_value");
    }
    HashAlgorithm algorithm =
        HashAlgorithm.named(name)
            .orElseThrow(() ->
                new ApiException(
                    status,
                    "os_hash_algo is one of %s, not %s".formatted(HashAlgorithm.names(), name)));
    checkDigits("os_hash_value", value, 2 * algorithm.digest().getDigestLength(), status);
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
        && algorithm.apiName().equals(data.hashAlgorithm())
        && (checksum == null || checksum.equals(data.checksum()));
  }

  /** What the record of an image says when it is believed. */
  public ImageData data(long size) {
    return new ImageData(size, null, checksum, algorithm.apiName(), value);
  }
}
