package dev.platter.cipher;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Sectors, batches of them, and their vectors, against the JDK's ciphers one sector at a time. */
class SectorCipherTest {
  private static final int SECTORS = 70; // more than a batch

  private static byte[] random(int length, long seed) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  private static DiskCipher cipher(String name, String mode, byte[] key, int sectorSize)
      throws NoSuchAlgorithmException {
    return new DiskCipher(
        CipherSpec.parse(name, mode, key.length), Secret.taking(key.clone()), sectorSize);
  }

  private static byte[] encrypted(DiskCipher cipher, long offset, byte[] plain) {
    byte[] bytes = plain.clone();
    cipher.newSectorCipher().encrypt(offset, MemorySegment.ofArray(bytes));
    return bytes;
  }

  /** IEEE 1619-2007, vectors 1 and 2 for the first block, and a doubled tweak from vector 4. */
  @Test
  void xtsIsWhatTheStandardSays() throws NoSuchAlgorithmException {
    HexFormat hex = HexFormat.of();
    byte[] plain = new byte[512];
    Arrays.fill(plain, (byte) 0x44);
    byte[] key = hex.parseHex("11".repeat(16) + "22".repeat(16));
    byte[] bytes = encrypted(cipher("aes", "xts-plain64", key, 512), 0x3333333333L * 512, plain);
    assertEquals(
        "c454185e6a16936e39334038acef838bfb186fff7480adc4289382ecd6d394f0",
        hex.formatHex(bytes, 0, 32));
    byte[] key4 = hex.parseHex("2718281828459045235360287471352631415926535897932384626433832795");
    byte[] counting = new byte[512];
    for (int i = 0; i < 512; i++) {
      counting[i] = (byte) i;
    }
    byte[] bytes4 = encrypted(cipher("aes", "xts-plain64", key4, 512), 0, counting);
    assertEquals(
        "27a7479befa1d476489f308cd4cfa6e2a96e4bbe3208ff25287dd3819616e89c",
        hex.formatHex(bytes4, 0, 32));
  }

  @ParameterizedTest
  @CsvSource({
    "cbc-plain64, 512", "cbc-plain, 4096", "cbc-plain64be, 512", "cbc-null, 512",
    "cbc-essiv:sha256, 512", "cbc-benbi, 512", "ctr-plain64, 512", "ctr-plain64be, 1024",
    "ecb, 512"
  })
  void aesIsTheJdksSectorBySector(String mode, int sectorSize) throws GeneralSecurityException {
    byte[] key = random(32, 1);
    byte[] plain = random(SECTORS * sectorSize, 2);
    long first = 0x1_ffff_fff0L / (sectorSize / 512) * (sectorSize / 512);
    byte[] expected = plain.clone();
    for (int i = 0; i < SECTORS; i++) {
      long sector = first + i * (sectorSize / 512L);
      Cipher jdk = Cipher.getInstance("AES/" + mode.substring(0, 3) + "/NoPadding");
      SecretKeySpec spec = new SecretKeySpec(key, "AES");
      if (mode.equals("ecb")) {
        jdk.init(Cipher.ENCRYPT_MODE, spec);
      } else {
        jdk.init(Cipher.ENCRYPT_MODE, spec, new IvParameterSpec(vector(mode, key, sector)));
      }
      jdk.doFinal(plain, i * sectorSize, sectorSize, expected, i * sectorSize);
    }
    DiskCipher cipher = cipher("aes", mode, key, sectorSize);
    byte[] bytes = encrypted(cipher, first * 512, plain);
    assertArrayEquals(expected, bytes);
    cipher.newSectorCipher().decrypt(first * 512, MemorySegment.ofArray(bytes));
    assertArrayEquals(plain, bytes);
  }

  private static byte[] vector(String mode, byte[] key, long sector)
      throws GeneralSecurityException {
    ByteBuffer vector = ByteBuffer.allocate(16);
    switch (mode.substring(4)) {
      case "plain" -> vector.order(ByteOrder.LITTLE_ENDIAN).putLong(sector & 0xffff_ffffL);
      case "plain64be" -> vector.putLong(8, sector);
      case "benbi" -> vector.putLong(8, sector * 32 + 1);
      case "null" -> {}
      default -> vector.order(ByteOrder.LITTLE_ENDIAN).putLong(sector);
    }
    if (mode.contains("essiv")) {
      Cipher jdk = Cipher.getInstance("AES/ECB/NoPadding");
      byte[] salt = MessageDigest.getInstance("SHA-256").digest(key);
      jdk.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(salt, "AES"));
      return jdk.doFinal(vector.array());
    }
    return vector.array();
  }

  @ParameterizedTest
  @CsvSource({
    "aes, xts-plain64, 64", "aes, xts-plain64, 48", "aes, xts-essiv:sha256, 32",
    "serpent, xts-plain, 64", "serpent, cbc-essiv:sha256, 24", "serpent, ctr-plain64, 16",
    "twofish, xts-plain64, 32", "twofish, cbc-plain64, 32", "twofish, ecb, 24",
    "cast5, cbc-plain64, 16", "cast5, ctr-plain, 16", "cast5, ecb, 16"
  })
  void whatIsEncryptedTogetherIsDecryptedByItself(String name, String mode, int keyBytes)
      throws NoSuchAlgorithmException {
    DiskCipher cipher = cipher(name, mode, random(keyBytes, 3), 512);
    byte[] plain = random(SECTORS * 512, 4);
    byte[] bytes = encrypted(cipher, 512 * 7, plain);
    SectorCipher worker = cipher.newSectorCipher();
    for (int i = SECTORS - 1; i >= 0; i--) {
      byte[] sector = Arrays.copyOfRange(bytes, i * 512, (i + 1) * 512);
      assertFalse(Arrays.equals(sector, 0, 16, plain, i * 512, i * 512 + 16));
      worker.decrypt(512 * (7 + i), MemorySegment.ofArray(sector));
      assertArrayEquals(Arrays.copyOfRange(plain, i * 512, (i + 1) * 512), sector);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "des, cbc-plain, 8", "cast5, xts-plain64, 32", "aes, xts-plain64, 33", "aes, cbc-plain64, 64",
    "aes, cbc-essiv, 32", "aes, cbc-essiv:sha1, 32", "aes, cbc-essiv:none, 32",
        "aes, lrw-benbi, 32",
    "aes, cbc, 32", "aes, xts-random, 64", "aes, '', 32", "'', cbc-plain, 32"
  })
  void whatDoesNotGoTogetherIsRefused(String name, String mode, int keyBytes) {
    assertThrows(NoSuchAlgorithmException.class, () -> CipherSpec.parse(name, mode, keyBytes));
  }

  @Test
  void onlyWholeSectorsAreTaken() throws NoSuchAlgorithmException {
    SectorCipher worker = cipher("aes", "xts-plain64", random(64, 5), 4096).newSectorCipher();
    MemorySegment bytes = MemorySegment.ofArray(new byte[8192]);
    assertThrows(IllegalArgumentException.class, () -> worker.encrypt(512, bytes));
    assertThrows(IllegalArgumentException.class, () -> worker.decrypt(0, bytes.asSlice(0, 512)));
  }
}
