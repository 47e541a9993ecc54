package dev.platter.image;

import java.io.IOException;

/** A creation option is unknown, malformed, or does not fit the others. */
public final class IllegalOptionException extends IOException {
  private static final long serialVersionUID = 1L;

  public IllegalOptionException(String message) {
    super(message);
  }
}
