package dev.platter.cli.text;

import java.math.BigDecimal;
import java.math.RoundingMode;

/** Numbers with decimals for people, as qemu-img prints them. */
public final class Decimals {
  private Decimals() {}

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
