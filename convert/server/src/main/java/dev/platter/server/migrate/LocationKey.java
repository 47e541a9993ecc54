package dev.platter.server.migrate;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Base64;
import java.util.Set;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Opens locations that Glance has encrypted with its setting {@code metadata_encryption_key}: AES
 * in CBC mode, the first 16 bytes are the initialization vector; a zero byte and then random ones
 * fill the last block; all of it in Base64 for URLs.
 */
final class LocationKey {
  private static final int BLOCK = 16;

  private final SecretKeySpec key;

  /**
   * @throws IllegalArgumentException if a key has not 16, 24 or 32 bytes
   */
  LocationKey(String key) {
    byte[] bytes = key.getBytes(StandardCharsets.UTF_8);
    if (!Set.of(16, 24, 32).contains(bytes.length)) {
      throw new IllegalArgumentException(
          "the key of the locations (metadata_encryption_key) has %d bytes: 16, 24 or 32 are expected"
              .formatted(bytes.length));
    }
    this.key = new SecretKeySpec(bytes, "AES");
  }

  /** The location in clear. */
  String open(String encrypted) throws BadValueException {
    try {
      byte[] bytes = Base64.getUrlDecoder().decode(encrypted);
      if (bytes.length >= 2 * BLOCK && bytes.length % BLOCK == 0) {
        Cipher cipher = Cipher.getInstance("AES/CBC/NoPadding");
        cipher.init(Cipher.DECRYPT_MODE, key, new IvParameterSpec(bytes, 0, BLOCK));
        byte[] padded = cipher.doFinal(bytes, BLOCK, bytes.length - BLOCK);
        int end = padded.length - 1;
        while (end >= 0 && padded[end] != 0) {
          end--;
        }
        if (end >= padded.length - BLOCK && end > 0) {
          String text =
              StandardCharsets.UTF_8
                  .newDecoder()
                  .decode(ByteBuffer.wrap(padded, 0, end))
                  .toString();
          if (text.contains("://")) {
            return text;
          }
        }
      }
    } catch (GeneralSecurityException | IllegalArgumentException | CharacterCodingException e) {
      // Said below.
    }
    throw new BadValueException("a location cannot be decrypted with the key that is given");
  }
}
