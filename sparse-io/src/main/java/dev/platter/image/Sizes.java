package dev.platter.image;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;

/**
 * Sizes as people write them: {@code 10G}, {@code 1.5M}, {@code 0x200}, {@code 512}. Suffixes are
 * powers of 1024. And as they read them: {@code 1.5 GiB}.
 */
public final class Sizes {
  private static final String SUFFIXES = "bkmgtpe";
  private static final String[] UNITS = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  private static final BigInteger MAX = BigInteger.valueOf(Long.MAX_VALUE);

  private Sizes() {}

  /**
   * Reads a size: decimal digits with an optional fraction and an optional suffix b, k, M, G, T, P
   * or E (upper or lower case), or hexadecimal digits after {@code 0x}.
   *
   * @return bytes, 0 to {@link Long#MAX_VALUE}; a fraction of a byte is cut off where there is a
   *     suffix
   * @throws NumberFormatException if the text is not a size, or too large
   */
  public static long parse(String text) {
    if (text.regionMatches(true, 0, "0x", 0, 2)) {
      return Long.parseLong(text, 2, text.length(), 16);
    }
    int end = text.length();
    int shift = 0;
    if (end > 0) {
      int suffix = SUFFIXES.indexOf(Character.toLowerCase(text.charAt(end - 1)));
      if (suffix >= 0) {
        shift = 10 * suffix;
        end--;
      }
    }
    String digits = text.substring(0, end);
    if (!digits.matches("[0-9]+(\\.[0-9]*)?|\\.[0-9]+")) {
      throw new NumberFormatException("not a size: '" + text + "'");
    }
    BigInteger bytes =
        new BigDecimal(digits)
            .multiply(new BigDecimal(BigInteger.ONE.shiftLeft(shift)))
            .setScale(0, RoundingMode.DOWN)
            .toBigInteger();
    if (shift == 0 && new BigDecimal(digits).stripTrailingZeros().scale() > 0) {
      throw new NumberFormatException("a fraction of a byte: '" + text + "'");
    }
    if (bytes.compareTo(MAX) > 0) {
      throw new NumberFormatException("too large: '" + text + "'");
    }
    return bytes.longValue();
  }

  /** Rounds up to a multiple of {@code unit}, a power of two. */
  public static long roundUp(long value, long unit) {
    return Math.addExact(value, unit - 1) & -unit;
  }

  /** Rounds down to a multiple of {@code unit}, a power of two. */
  public static long roundDown(long value, long unit) {
    return value & -unit;
  }

  /** The number of units that hold {@code value} bytes. */
  public static long ceilDiv(long value, long unit) {
    return Math.ceilDiv(value, unit);
  }

  /**
   * A size for people, as qemu-img prints it: three significant digits, ties to even, such as
   * {@code 192 KiB}, {@code 1.5 GiB}, {@code 0.977 KiB} (from 1000 on the next unit is used).
   */
  public static String text(long bytes) {
    int unit = 0;
    while (unit < UNITS.length - 1 && !isBelowThousand(bytes, unit)) {
      unit++;
    }
    return threeDigits(bytes, 10 * unit) + " " + UNITS[unit];
  }

  private static boolean isBelowThousand(long bytes, int unit) {
    return bytes >> (10 * unit) < 1000;
  }

  /** {@code bytes / 2^shift} as C's {@code %0.3g} prints it. */
  private static String threeDigits(long bytes, int shift) {
    long one = 1L << shift;
    long digits = bytes >> shift;
    long rest = bytes & (one - 1);
    int decimals = digits >= 100 ? 0 : digits >= 10 ? 1 : digits >= 1 || bytes == 0 ? 2 : 3;
    for (int i = 0; i < decimals; i++) {
      rest *= 10;
      digits = digits * 10 + Long.divideUnsigned(rest, one);
      rest = Long.remainderUnsigned(rest, one);
    }
    long half = one >> 1;
    if (rest > half || rest == half && half > 0 && (digits & 1) == 1) {
      digits++;
    }
    if (decimals == 0 && digits == 1000) {
      return "1e+03";
    }
    while (decimals > 0 && digits % 10 == 0) {
      digits /= 10;
      decimals--;
    }
    StringBuilder text = new StringBuilder().append(digits);
    if (decimals > 0) {
      while (text.length() <= decimals) {
        text.insert(0, '0');
      }
      text.insert(text.length() - decimals, '.');
    }
    return text.toString();
  }
}
