package dev.platter.guest.files;

import java.util.HexFormat;

/** Texts that a guest wrote, made safe to show. */
public final class Text {
  private static final int LONGEST = 1024;

  private Text() {}

  /** Up to the first NUL, without spaces around it; what is not printable is a question mark. */
  public static String clean(String text) {
    int end = text.indexOf('\0');
    end = Math.min(end < 0 ? text.length() : end, LONGEST);
    StringBuilder clean = new StringBuilder(text.substring(0, end));
    for (int i = 0; i < clean.length(); i++) {
      char c = clean.charAt(i);
      // Formatting characters can turn a line around, and so show what is not there.
      boolean shown = !Character.isISOControl(c) && Character.getType(c) != Character.FORMAT;
      if (!shown || Character.isSurrogate(c) || c == '\u2028' || c == '\u2029') {
        clean.setCharAt(i, '?');
      }
    }
    return clean.toString().strip();
  }

  static String uuid(byte[] bytes) {
    String hex = HexFormat.of().formatHex(bytes);
    if (hex.chars().allMatch(c -> c == '0')) {
      return "";
    }
    return String.join(
        "-",
        hex.substring(0, 8),
        hex.substring(8, 12),
        hex.substring(12, 16),
        hex.substring(16, 20),
        hex.substring(20));
  }
}
