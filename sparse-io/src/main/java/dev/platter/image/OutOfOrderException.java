package dev.platter.image;

import java.io.IOException;

/**
 * An image that was being read in order turns out to be one that can not be: it must be read from a
 * file, where one can go back and forth.
 */
public final class OutOfOrderException extends IOException {
  private static final long serialVersionUID = 1L;

  public OutOfOrderException(String message) {
    super(message);
  }
}
