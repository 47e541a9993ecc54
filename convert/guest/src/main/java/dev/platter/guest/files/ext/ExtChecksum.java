package dev.platter.guest.files.ext;

import dev.platter.guest.files.Bytes;
import dev.platter.image.CorruptImageException;

/**
 * The checksums of an ext4's metadata ("ext4 Data Structures and Algorithms", 3.8): CRC-32C that
 * begins with one of the file system's UUID, or CRC-16 of group descriptors alone.
 */
final class ExtChecksum {
  private static final int POLYNOMIAL = 0x82F63B78;
  private static final int POLYNOMIAL_16 = 0xA001;
  private static final int[] TABLE = new int[256];

  static {
    for (int i = 0; i < 256; i++) {
      int value = i;
      for (int bit = 0; bit < 8; bit++) {
        value = value >>> 1 ^ ((value & 1) != 0 ? POLYNOMIAL : 0);
      }
      TABLE[i] = value;
    }
  }

  private ExtChecksum() {}

  /** CRC-32C without the inversions that usually stand around it. */
  static int crc32c(int seed, byte[] bytes, int from, int length) {
    int crc = seed;
    for (int i = from; i < from + length; i++) {
      crc = TABLE[(crc ^ bytes[i]) & 0xFF] ^ crc >>> 8;
    }
    return crc;
  }

  static int crc32c(int seed, byte[] bytes) {
    return crc32c(seed, bytes, 0, bytes.length);
  }

  static int crc16(int seed, byte[] bytes, int from, int length) {
    int crc = seed;
    for (int i = from; i < from + length; i++) {
      crc ^= bytes[i] & 0xFF;
      for (int bit = 0; bit < 8; bit++) {
        crc = crc >>> 1 ^ ((crc & 1) != 0 ? POLYNOMIAL_16 : 0);
      }
    }
    return crc;
  }

  /** What all others begin with. */
  static int seed(Bytes superblock, boolean stored) throws CorruptImageException {
    return stored ? superblock.i32(0x270) : crc32c(-1, superblock.array(0x68, 16));
  }

  static byte[] littleEndian(int value) {
    return new byte[] {
      (byte) value, (byte) (value >> 8), (byte) (value >> 16), (byte) (value >> 24)
    };
  }
}
