package dev.platter.cli.line;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.platter.cipher.Secret;
import dev.platter.storage.FileNames;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.Base64;
import java.util.Map;
import java.util.Set;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * A secret of {@code --object secret}: text or a file, as it is or in base64, and perhaps encrypted
 * with AES-256 in CBC mode by another secret. Messages never have a part of it.
 */
final class SecretObject {
  private static final Set<String> KNOWN = Set.of("data", "file", "format", "keyid", "iv");

  private static final int KEY_BYTES = 32;
  private static final int BLOCK_BYTES = 16;

  /** Far more than any passphrase or key file has. */
  private static final int MOST = 1 << 20;

  private SecretObject() {}

  /**
   * Reads it.
   *
   * @param object its parameters
   * @param before the secrets that were defined before it
   */
  static Secret read(Map<String, String> object, Map<String, Secret> before) throws Failure {
    Objects.refuseOthers(object, KNOWN);
    String format = object.getOrDefault("format", "raw");
    if (!format.equals("raw") && !format.equals("base64")) {
      throw new Failure("Parameter 'format' does not accept value '" + format + "'");
    }
    String file = object.get("file");
    String data = object.get("data");
    if (file != null && data != null) {
      throw new Failure("'file' and 'data' are mutually exclusive");
    }
    if (file == null && data == null) {
      throw new Failure("Either 'file' or 'data' must be provided");
    }
    byte[] given = file == null ? FileNames.bytes(data) : contentOf(file);
    String keyId = object.get("keyid");
    byte[] secret = given;
    try {
      secret = format.equals("base64") ? base64(given) : given;
      return Secret.taking(
          keyId == null ? secret : decrypted(secret, keyId, object.get("iv"), before));
    } finally {
      Arrays.fill(given, (byte) 0);
      Arrays.fill(secret, (byte) 0);
    }
  }

  private static byte[] decrypted(
      byte[] secret, String keyId, String iv, Map<String, Secret> before) throws Failure {
    Secret master = before.get(keyId);
    if (master == null) {
      throw new Failure("No secret with id '" + keyId + "'");
    }
    if (master.length() != KEY_BYTES) {
      throw new Failure("Key should be 32 bytes in length");
    }
    if (iv == null) {
      throw new Failure("IV is required to decrypt secret");
    }
    byte[] vector = base64(iv.getBytes(UTF_8));
    if (vector.length != BLOCK_BYTES) {
      throw new Failure("IV should be 16 bytes in length not " + vector.length);
    }
    if (secret.length % BLOCK_BYTES != 0) {
      throw new Failure("Length " + secret.length + " must be a multiple of block size 16");
    }
    byte[] plain;
    byte[] key = master.toArray();
    try {
      Cipher cipher = Cipher.getInstance("AES/CBC/NoPadding");
      cipher.init(Cipher.DECRYPT_MODE, new SecretKeySpec(key, "AES"), new IvParameterSpec(vector));
      plain = cipher.doFinal(secret);
    } catch (GeneralSecurityException e) {
      throw new Failure("Unable to decrypt the secret: " + e.getMessage());
    } finally {
      Arrays.fill(key, (byte) 0);
    }
    if (plain.length == 0) {
      return plain;
    }
    int padding = plain[plain.length - 1] & 0xff;
    if (padding > BLOCK_BYTES) {
      throw new Failure(
          "Incorrect number of padding bytes (" + padding + ") found on decrypted data");
    }
    byte[] unpadded = Arrays.copyOf(plain, plain.length - padding);
    Arrays.fill(plain, (byte) 0);
    return unpadded;
  }

  /**
   * Base64 with line ends. qemu-img drops letters behind the last whole group of four, and so takes
   * a shorter secret than was given.
   */
  private static byte[] base64(byte[] text) throws Failure {
    ByteArrayOutputStream letters = new ByteArrayOutputStream();
    for (byte b : text) {
      if (b != '\n') {
        letters.write(b);
      }
    }
    try {
      byte[] all = letters.toByteArray();
      if (all.length % 4 == 0) {
        return Base64.getDecoder().decode(all);
      }
    } catch (IllegalArgumentException e) {
      // told below, without the text that it has
    }
    for (byte b : letters.toByteArray()) {
      boolean isLetter = b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9';
      if (!isLetter && b != '+' && b != '/' && b != '=') {
        throw new Failure("Base64 data contains invalid characters");
      }
    }
    throw new Failure("Base64 data is not whole groups of four letters");
  }

  private static byte[] contentOf(String file) throws Failure {
    Path path = FileNames.path(file);
    String unable = "Unable to read " + file + ": ";
    try (InputStream in = Files.newInputStream(path)) {
      byte[] content = in.readNBytes(MOST + 1);
      if (content.length > MOST) {
        throw new Failure(unable + "a secret has at most " + MOST + " bytes");
      }
      return content;
    } catch (NoSuchFileException e) {
      throw cannotOpen(unable, file, "No such file or directory");
    } catch (AccessDeniedException e) {
      throw cannotOpen(unable, file, "Permission denied");
    } catch (IOException e) {
      String reason = Files.isDirectory(path) ? "Is a directory" : e.getMessage();
      throw new Failure(unable + "Error reading file \u201c" + file + "\u201d: " + reason);
    }
  }

  private static Failure cannotOpen(String unable, String file, String reason) {
    return new Failure(unable + "Failed to open file \u201c" + file + "\u201d: " + reason);
  }
}
