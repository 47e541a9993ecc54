package dev.platter.cli.line;

import dev.platter.image.Sizes;

/** Numbers on the command line. */
public final class Numbers {
  private Numbers() {}

  /**
   * A size with the suffixes of {@link Sizes}.
   *
   * @param what how the message calls it, such as "image size"
   */
  public static long size(String text, String what) throws Failure {
    return size(text, what, 0, Long.MAX_VALUE);
  }

  /**
   * A size that must lie within limits.
   *
   * @param what as for {@link #size(String, String)}
   */
  public static long size(String text, String what, long least, long most) throws Failure {
    if (!isSize(text)) {
      throw new Failure("Invalid " + what + " specified: '" + text + "'");
    }
    long size;
    try {
      size = Sizes.parse(text);
    } catch (NumberFormatException e) {
      size = -1;
    }
    return checked(size, what, least, most);
  }

  /** Whether the text has the form of a size, even of one that is out of range. */
  public static boolean isSize(String text) {
    if (isNumber(text)) {
      return true;
    }
    try {
      Sizes.parse(text);
      return true;
    } catch (NumberFormatException e) {
      return false;
    }
  }

  /**
   * A whole number, without suffixes, that must lie within limits.
   *
   * @param what as for {@link #size(String, String)}
   */
  public static long between(String text, String what, long least, long most) throws Failure {
    long number;
    try {
      number = Long.decode(text);
    } catch (NumberFormatException e) {
      if (!isWhole(text)) {
        throw new Failure("Invalid " + what + " specified: '" + text + "'");
      }
      number = -1;
    }
    return checked(number, what, least, most);
  }

  private static long checked(long number, String what, long least, long most) throws Failure {
    if (number < least || number > most) {
      throw new Failure(
          "Invalid " + what + " specified. Must be between " + least + " and " + most + ".");
    }
    return number;
  }

  private static boolean isWhole(String text) {
    return isNumber(text) && Character.isDigit(text.charAt(text.length() - 1));
  }

  /**
   * Whether the text has the form of a whole number or size, and only its value is out of range.
   */
  private static boolean isNumber(String text) {
    int start = text.startsWith("-") ? 1 : 0;
    int end = text.length();
    if (start == 0
        && end > 1
        && "bkmgtpe".indexOf(Character.toLowerCase(text.charAt(end - 1))) >= 0) {
      end--;
    }
    for (int i = start; i < end; i++) {
      if (text.charAt(i) < '0' || text.charAt(i) > '9') {
        return false;
      }
    }
    return end > start;
  }
}
