package dev.platter.dmg;

import java.nio.ByteBuffer;
import java.util.zip.CRC32;

/**
 * A CRC-32 to which runs of zeros are added by arithmetic, however long they are: a table may claim
 * petabytes of them.
 *
 * <p>Numbers are polynomials over GF(2), the highest bit the coefficient of x to the power of 0.
 */
final class LongCrc32 {
  private static final int POLYNOMIAL = 0xedb88320;
  private static final int ONE = 1 << 31;

  /** x to the power of 8: one more byte. */
  private static final int BYTE = 1 << 23;

  private int value;

  void add(ByteBuffer bytes) {
    long length = bytes.remaining();
    CRC32 crc = new CRC32();
    crc.update(bytes);
    value = times(value, power(length)) ^ (int) crc.getValue();
  }

  void addZeros(long length) {
    value = ~times(~value, power(length));
  }

  int value() {
    return value;
  }

  /** What that many bytes multiply the remainder by. */
  private static int power(long length) {
    int result = ONE;
    int square = BYTE;
    for (long rest = length; rest != 0; rest >>>= 1) {
      if ((rest & 1) != 0) {
        result = times(result, square);
      }
      square = times(square, square);
    }
    return result;
  }

  private static int times(int one, int other) {
    int product = 0;
    int shifted = other;
    for (int bit = ONE; bit != 0; bit >>>= 1) {
      if ((one & bit) != 0) {
        product ^= shifted;
      }
      shifted = shifted >>> 1 ^ -(shifted & 1) & POLYNOMIAL;
    }
    return product;
  }
}
