package dev.platter.cli;

import dev.platter.image.Sizes;

/** Numbers on the command line. */
final class Numbers {
  private Numbers() {}

  /**
   * A size with the suffixes of {@link Sizes}.
   *
   * @param what how the message calls it, such as "image size"
   */
  static long size(String text, String what) throws Failure {
    try {
      return Sizes.parse(text);
    } catch (NumberFormatException e) {
      if (isNumber(text)) {
        throw new Failure(
            "Invalid " + what + " specified. Must be between 0 and " + Long.MAX_VALUE + ".");
      }
      throw new Failure("Invalid " + what + " specified: '" + text + "'");
    }
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
