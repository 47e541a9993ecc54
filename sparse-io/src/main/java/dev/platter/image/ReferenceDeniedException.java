package dev.platter.image;

/** An image names another file, and the {@link ReferencePolicy} does not let it be opened. */
public final class ReferenceDeniedException extends ImageException {
  private static final long serialVersionUID = 1L;

  public ReferenceDeniedException(String message) {
    super(message);
  }

  public ReferenceDeniedException(String message, Throwable cause) {
    super(message, cause);
  }
}
