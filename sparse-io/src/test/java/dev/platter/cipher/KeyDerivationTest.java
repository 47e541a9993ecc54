package dev.platter.cipher;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.cipher.KeyDerivation.Argon2;
import dev.platter.cipher.KeyDerivation.LimitException;
import dev.platter.cipher.KeyDerivation.Pbkdf2;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.HexFormat;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class KeyDerivationTest {
  private static final byte[] SALT = "a salt of some length".getBytes(StandardCharsets.UTF_8);

  private static Secret secret(String text) {
    return Secret.taking(text.getBytes(StandardCharsets.UTF_8));
  }

  @ParameterizedTest
  @CsvSource({"SHA1, HmacSHA1", "SHA224, HmacSHA224", "SHA256, HmacSHA256", "SHA512, HmacSHA512"})
  void pbkdf2IsTheJdks(Hash hash, String name) throws GeneralSecurityException {
    // A passphrase longer than a block is digested first.
    for (String phrase : new String[] {"abc", "x".repeat(200)}) {
      for (int iterations : new int[] {1, 3000}) {
        PBEKeySpec spec = new PBEKeySpec(phrase.toCharArray(), SALT, iterations, 75 * 8);
        byte[] expected =
            SecretKeyFactory.getInstance("PBKDF2With" + name).generateSecret(spec).getEncoded();
        byte[] actual = new Pbkdf2(hash, SALT, iterations).derive(secret(phrase), 75).toArray();
        assertArrayEquals(expected, actual);
      }
    }
  }

  /** The digest's own test value, by which HMAC is known to be wired up for it. */
  @Test
  void ripemd160IsTheRealOne() {
    assertEquals(
        "8eb208f7e05d987a9b044a8e98c6b087f15a0bfc",
        HexFormat.of()
            .formatHex(
                Hash.RIPEMD160.newDigest().digest("abc".getBytes(StandardCharsets.US_ASCII))));
  }

  @ParameterizedTest
  @CsvSource({
    "0, 32",
    "-1, 32",
    "100000001, 32",
    "60000000, 33",
    "4294967295, 20",
    "4611686018427387904, 128"
  })
  void tooManyIterationsAreRefused(long iterations, int length) {
    assertThrows(
        LimitException.class, () -> new Pbkdf2(Hash.SHA256, SALT, iterations).checkLimits(length));
  }

  @ParameterizedTest
  @CsvSource({
    "4, 1073741824, 4",
    "4, 4294967295, 4",
    "0, 65536, 1",
    "1000000, 64, 1",
    "4, 65536, 0",
    "4, 65536, 65",
    "4, 7, 1",
    "9223372036854775807, 9223372036854775807, 1"
  })
  void argon2OutOfBoundsIsRefused(long passes, long memory, long lanes) {
    assertThrows(
        LimitException.class, () -> new Argon2(true, SALT, passes, memory, lanes).checkLimits(32));
  }

  @ParameterizedTest
  @EnumSource(Hash.class)
  void aKeyThatWasSplitComesBackAndNotWithoutAnyStripe(Hash hash) {
    try (Secret key = Secret.random(48)) {
      byte[] all = AntiForensic.split(key, 20, hash, new SecureRandom());
      assertTrue(AntiForensic.merge(all, 20, hash).isSame(key));
      for (int i = 0; i < all.length; i += 47) {
        all[i] ^= 1;
        assertFalse(AntiForensic.merge(all, 20, hash).isSame(key));
        all[i] ^= 1;
      }
    }
  }

  @Test
  void secretsAreOverwrittenAndNotShown() {
    byte[] plain = "hidden".getBytes(StandardCharsets.UTF_8);
    Secret secret = Secret.taking(plain);
    assertArrayEquals(new byte[6], plain);
    assertFalse(secret.toString().contains("hidden"));
    secret.close();
    secret.close();
    assertThrows(IllegalStateException.class, secret::toArray);
  }
}
