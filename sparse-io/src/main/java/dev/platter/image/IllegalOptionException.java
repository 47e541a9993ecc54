package dev.platter.image;

import java.io.IOException;

/** A creation option is unknown, malformed, or does not fit the others. */
public final class IllegalOptionException extends IOException {
  private static final long serialVersionUID = 1L;

  private final boolean aboutFormat;

  public IllegalOptionException(String message) {
    this(message, false);
  }

  private IllegalOptionException(String message, boolean aboutFormat) {
    super(message);
    this.aboutFormat = aboutFormat;
  }

  /** Compression is wanted of a format, or a kind of image, that has none. */
  public static IllegalOptionException noCompression() {
    return new IllegalOptionException("Compression not supported for this file format", true);
  }

  /** Whether the format is at fault, and not what was said of it. */
  public boolean isAboutFormat() {
    return aboutFormat;
  }
}
