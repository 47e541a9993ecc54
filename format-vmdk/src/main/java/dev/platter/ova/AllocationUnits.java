package dev.platter.ova;

import java.math.BigInteger;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Programmatic units as the envelope has them: {@code byte * 2^20}, and the older words. */
final class AllocationUnits {
  private static final BigInteger MAX = BigInteger.valueOf(Long.MAX_VALUE);
  private static final Pattern FACTOR =
      Pattern.compile("\\*\\s*(\\d{1,10})\\s*(?:\\^\\s*(\\d{1,2}))?");

  private AllocationUnits() {}

  /** So many units in bytes; empty where the unit is unknown or the product too large. */
  static OptionalLong bytes(String count, String units) {
    if (!count.strip().matches("[0-9]{1,19}")) {
      return OptionalLong.empty();
    }
    String lower = units.strip().toLowerCase(Locale.ROOT);
    BigInteger value = new BigInteger(count.strip());
    int shift =
        switch (lower) {
          case "", "byte", "bytes" -> 0;
          case "kilobytes", "kb" -> 10;
          case "megabytes", "mb" -> 20;
          case "gigabytes", "gb" -> 30;
          case "terabytes", "tb" -> 40;
          default -> -1;
        };
    if (shift >= 0) {
      value = value.shiftLeft(shift);
    } else {
      if (!lower.startsWith("byte")) {
        return OptionalLong.empty();
      }
      String factors = lower.substring("byte".length()).strip();
      Matcher matcher = FACTOR.matcher(factors);
      int at = 0;
      while (matcher.find(at) && factors.substring(at, matcher.start()).isBlank()) {
        int power = matcher.group(2) == null ? 1 : Integer.parseInt(matcher.group(2));
        value = value.multiply(new BigInteger(matcher.group(1)).pow(power));
        at = matcher.end();
        if (value.compareTo(MAX) > 0) {
          return OptionalLong.empty();
        }
      }
      if (!factors.substring(at).isBlank()) {
        return OptionalLong.empty();
      }
    }
    return value.compareTo(MAX) > 0 ? OptionalLong.empty() : OptionalLong.of(value.longValue());
  }
}
