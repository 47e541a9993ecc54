package dev.platter.image;

import java.io.IOException;
import java.util.regex.Pattern;

/**
 * Something is wrong with an image, told in one line: what, where, the value found and the value
 * expected. The message begins with the format and the storage's name.
 */
public sealed class ImageException extends IOException
    permits CorruptImageException, UnsupportedFeatureException, ReferenceDeniedException {
  private static final Pattern CONTROL = Pattern.compile("\\p{Cntrl}");

  private static final long serialVersionUID = 1L;

  protected ImageException(String message) {
    super(message);
  }

  protected ImageException(String message, Throwable cause) {
    super(message, cause);
  }

  /**
   * Words of a stranger for a message, which is one line: a question mark for each control
   * character.
   */
  public static String printable(String words) {
    return CONTROL.matcher(words).replaceAll("?");
  }
}
