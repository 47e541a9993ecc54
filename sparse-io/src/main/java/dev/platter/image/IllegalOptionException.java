package dev.platter.image;

import java.io.IOException;
import java.util.Optional;

/** An option is unknown, malformed, or does not fit the others, the format or the image. */
public final class IllegalOptionException extends IOException {
  private static final long serialVersionUID = 1L;

  /** What is wrong, where somebody may have more to say of it than the message. */
  public enum Kind {
    /** What the message says. */
    VALUE,
    /** The format, or a kind of image, does not have what is asked for. */
    FORMAT,
    /** There is no option of that name, which is {@link #option()}. */
    UNKNOWN,
    /** The text is no size. */
    NO_SIZE,
    /** What is named is there, and cannot be relied on. */
    INCONSISTENT
  }

  private final Kind kind;
  private final String option;

  public IllegalOptionException(String message) {
    this(Kind.VALUE, message);
  }

  public IllegalOptionException(Kind kind, String message) {
    this(kind, message, null);
  }

  private IllegalOptionException(Kind kind, String message, String option) {
    super(message);
    this.kind = kind;
    this.option = option;
  }

  /** There is no option of that name. */
  public static IllegalOptionException unknown(String option) {
    return new IllegalOptionException(Kind.UNKNOWN, "Invalid parameter '" + option + "'", option);
  }

  /** Compression is wanted of a format, or a kind of image, that has none. */
  public static IllegalOptionException noCompression() {
    return new IllegalOptionException(
        Kind.FORMAT, "Compression not supported for this file format");
  }

  /** What kind of fault it is. */
  public Kind kind() {
    return kind;
  }

  /** The option that is not known; empty: that is not what is wrong. */
  public Optional<String> option() {
    return Optional.ofNullable(option);
  }
}
