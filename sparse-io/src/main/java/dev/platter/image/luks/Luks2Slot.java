package dev.platter.image.luks;

import dev.platter.cipher.AntiForensic;
import dev.platter.cipher.CipherSpec;
import dev.platter.cipher.DiskCipher;
import dev.platter.cipher.Hash;
import dev.platter.cipher.KeyDerivation;
import dev.platter.cipher.Secret;
import dev.platter.image.Sizes;
import java.lang.foreign.MemorySegment;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A new key slot of a header of version 2.
 *
 * @param json what the metadata say of it
 * @param stripes what is to be written where that says
 */
record Luks2Slot(Map<String, Object> json, MemorySegment stripes) {
  private static final String CIPHER = "aes";
  private static final String MODE = "xts-plain64";
  private static final int CIPHER_KEY = 64;
  private static final int STRIPES = 4000;
  private static final int PAGE = 4096;
  private static final Hash HASH = Hash.SHA256;

  /** How much room one takes, bytes. */
  static long areaLength(int keyBytes) {
    return Sizes.roundUp((long) keyBytes * STRIPES, PAGE);
  }

  /** Puts a key under a passphrase; both stay the caller's. */
  static Luks2Slot fill(long offset, Secret key, Secret passphrase, KeyDerivation derivation) {
    byte[] split = AntiForensic.split(key, STRIPES, HASH, new SecureRandom());
    byte[] area = new byte[(int) areaLength(key.length())];
    System.arraycopy(split, 0, area, 0, split.length);
    MemorySegment stripes = MemorySegment.ofArray(area);
    try (DiskCipher cipher =
        new DiskCipher(
            CipherSpec.parse(CIPHER, MODE, CIPHER_KEY),
            derivation.derive(passphrase, CIPHER_KEY),
            LuksHeader.SECTOR)) {
      cipher.newSectorCipher().encrypt(0, stripes);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("type", "luks2");
    json.put("key_size", (long) key.length());
    json.put("af", object("type", "luks1", "stripes", (long) STRIPES, "hash", HASH.luksName()));
    json.put(
        "area",
        object(
            "type",
            "raw",
            "offset",
            Long.toString(offset),
            "size",
            Long.toString(stripes.byteSize()),
            "encryption",
            CIPHER + "-" + MODE,
            "key_size",
            (long) CIPHER_KEY));
    json.put("kdf", describe(derivation));
    return new Luks2Slot(json, stripes);
  }

  private static Map<String, Object> describe(KeyDerivation derivation) {
    return switch (derivation) {
      case KeyDerivation.Pbkdf2 pbkdf2 ->
          object(
              "type",
              "pbkdf2",
              "hash",
              pbkdf2.hash().luksName(),
              "iterations",
              pbkdf2.iterations(),
              "salt",
              base64(pbkdf2.salt()));
      case KeyDerivation.Argon2 argon2 ->
          object(
              "type",
              argon2.mixed() ? "argon2id" : "argon2i",
              "time",
              argon2.passes(),
              "memory",
              argon2.memoryKib(),
              "cpus",
              argon2.lanes(),
              "salt",
              base64(argon2.salt()));
    };
  }

  static String base64(byte[] bytes) {
    return Base64.getEncoder().encodeToString(bytes);
  }

  /** An object of keys, each followed by its value. */
  static Map<String, Object> object(Object... pairs) {
    Map<String, Object> map = new LinkedHashMap<>();
    for (int i = 0; i < pairs.length; i += 2) {
      map.put((String) pairs[i], pairs[i + 1]);
    }
    return map;
  }
}
