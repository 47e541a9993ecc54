package dev.platter.cli.text;

import java.math.BigDecimal;
import java.math.RoundingMode;

/** Sizes for people, as qemu-img prints them: three significant digits, ties to even. */
public final class SizeText {
  private static final String[] UNITS = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};

  private SizeText() {}

  /**
   * Such as {@code 192 KiB}, {@code 1.5 GiB}, {@code 0.977 KiB} (from 1000 on the next unit is
   * used).
   */
  public static String of(long bytes) {
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

  /** As C's {@code %.2f} prints it: the binary value is exact, and only a true tie goes to even. */
  public static String twoDecimals(double value) {
    return decimals(value, 2);
  }

  /** The same with another number of decimals. */
  public static String decimals(double value, int count) {
    return new BigDecimal(value).setScale(count, RoundingMode.HALF_EVEN).toPlainString();
  }

  /** Hundredths with two decimals: 1234 is {@code 12.34}. */
  public static String hundredths(long value) {
    long cents = value % 100;
    return value / 100 + (cents < 10 ? ".0" : ".") + cents;
  }
}
