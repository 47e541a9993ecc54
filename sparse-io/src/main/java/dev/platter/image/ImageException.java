package dev.platter.image;

import java.io.IOException;
import java.util.regex.Pattern;

/**
 * Something is wrong with an image, told in one line: what, where, the value found and the value
 * expected. The message begins with the format and the storage's name; {@link #fault()} has all
 * that as facts.
 */
public sealed class ImageException extends IOException
    permits CorruptImageException, UnsupportedFeatureException, ReferenceDeniedException {
  private static final Pattern CONTROL = Pattern.compile("\\p{Cntrl}");

  private static final long serialVersionUID = 1L;

  private final transient Fault fault;
  private final String what;

  /**
   * @param what the message without what it begins with: the format and the storage
   */
  ImageException(Fault fault, String what, Throwable cause) {
    super(fault.prefix() + what, cause);
    this.fault = fault;
    this.what = what;
  }

  /**
   * @param message all of it, as others have told it
   */
  ImageException(Fault fault, String message) {
    super(message);
    this.fault = fault;
    this.what = message;
  }

  /** What is known of it; nobody need take the message apart. */
  public Fault fault() {
    return fault == null ? Fault.UNPLACED : fault;
  }

  /** What is wrong, without the format and the storage that the message begins with. */
  public String what() {
    return what;
  }

  /**
   * Words of a stranger for a message, which is one line: a question mark for each control
   * character.
   */
  public static String printable(String words) {
    return CONTROL.matcher(words).replaceAll("?");
  }
}
