package dev.platter.image;

/** An image says something that cannot be true. */
public final class CorruptImageException extends ImageException {
  private static final long serialVersionUID = 1L;

  public CorruptImageException(String message) {
    super(message);
  }

  public CorruptImageException(String message, Throwable cause) {
    super(message, cause);
  }
}
