package dev.platter.image;

import java.io.IOException;

/**
 * Something is wrong with an image, told in one line: what, where, the value found and the value
 * expected. The message begins with the format and the storage's name.
 */
public sealed class ImageException extends IOException
    permits CorruptImageException, UnsupportedFeatureException, ReferenceDeniedException {
  private static final long serialVersionUID = 1L;

  protected ImageException(String message) {
    super(message);
  }

  protected ImageException(String message, Throwable cause) {
    super(message, cause);
  }
}
