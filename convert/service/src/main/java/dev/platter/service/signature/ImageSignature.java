package dev.platter.service.signature;

import dev.platter.service.ImportException;
import dev.platter.service.ImportException.Reason;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A signature as an image's properties have it.
 *
 * @param signature its bytes
 * @param hashMethod SHA-224, SHA-256, SHA-384 or SHA-512
 * @param keyType what key it was made with
 * @param certificateUuid the identifier of the certificate that holds the public key
 */
public record ImageSignature(
    byte[] signature, String hashMethod, KeyType keyType, String certificateUuid) {
  public static final String SIGNATURE = "img_signature";
  public static final String HASH_METHOD = "img_signature_hash_method";
  public static final String KEY_TYPE = "img_signature_key_type";
  public static final String CERTIFICATE_UUID = "img_signature_certificate_uuid";

  private static final Set<String> HASH_METHODS =
      Set.of("SHA-224", "SHA-256", "SHA-384", "SHA-512");

  /**
   * The signature of an image; empty unless all four properties are there.
   *
   * @throws ImportException if one of them has a value that cannot be
   */
  public static Optional<ImageSignature> of(Map<String, String> properties) throws ImportException {
    String signature = properties.get(SIGNATURE);
    String hashMethod = properties.get(HASH_METHOD);
    String keyType = properties.get(KEY_TYPE);
    String certificate = properties.get(CERTIFICATE_UUID);
    if (signature == null || hashMethod == null || keyType == null || certificate == null) {
      return Optional.empty();
    }
    if (!HASH_METHODS.contains(hashMethod)) {
      throw invalid("Invalid signature hash method: " + hashMethod);
    }
    KeyType type =
        KeyType.named(keyType).orElseThrow(() -> invalid("Invalid signature key type: " + keyType));
    byte[] bytes;
    try {
      bytes = Base64.getMimeDecoder().decode(signature);
    } catch (IllegalArgumentException e) {
      throw invalid("The signature data was not properly encoded using base64");
    }
    return Optional.of(new ImageSignature(bytes, hashMethod, type, certificate));
  }

  /** The four properties. */
  public Map<String, String> toProperties() {
    return Map.of(
        SIGNATURE,
        Base64.getEncoder().encodeToString(signature),
        HASH_METHOD,
        hashMethod,
        KEY_TYPE,
        keyType.toString(),
        CERTIFICATE_UUID,
        certificateUuid);
  }

  static ImportException invalid(String what) {
    return new ImportException(Reason.SIGNATURE, "Signature verification failed: " + what);
  }
}
