package dev.platter.image;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;

/**
 * Sizes as people write them: {@code 10G}, {@code 1.5M}, {@code 0x200}, {@code 512}. Suffixes are
 * powers of 1024.
 */
public final class Sizes {
  private static final String SUFFIXES = "bkmgtpe";
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
}
