package dev.platter.raw;

import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;

/** Texts and times as descriptors of discs have them, made safe to show. */
final class DiscText {
  private static final int OFFSET_UNIT_SECONDS = 15 * 60;

  private DiscText() {}

  /** A text without the spaces that fill its field; what cannot be printed is a question mark. */
  static String at(byte[] bytes, int offset, int length) {
    return clean(new String(bytes, offset, length, StandardCharsets.ISO_8859_1));
  }

  static String clean(String text) {
    int end = text.indexOf('\0');
    StringBuilder clean = new StringBuilder(end < 0 ? text : text.substring(0, end));
    for (int i = 0; i < clean.length(); i++) {
      if (Character.isISOControl(clean.charAt(i))) {
        clean.setCharAt(i, '?');
      }
    }
    return clean.toString().strip();
  }

  /**
   * A time of ISO 9660 (8.4.26.1): 16 digits and an offset from Greenwich; empty where none is
   * given or it cannot be.
   */
  static String timeAt(byte[] bytes, int offset) {
    String digits = new String(bytes, offset, 16, StandardCharsets.ISO_8859_1);
    if (!digits.matches("[0-9]{16}")) {
      return "";
    }
    try {
      LocalDateTime time =
          LocalDateTime.of(
              number(digits, 0, 4),
              number(digits, 4, 6),
              number(digits, 6, 8),
              number(digits, 8, 10),
              number(digits, 10, 12),
              number(digits, 12, 14));
      ZoneOffset zone = ZoneOffset.ofTotalSeconds(bytes[offset + 16] * OFFSET_UNIT_SECONDS);
      return OffsetDateTime.of(time, zone).toInstant().toString();
    } catch (DateTimeException e) {
      return "";
    }
  }

  private static int number(String digits, int from, int end) {
    return Integer.parseInt(digits, from, end, 10);
  }
}
