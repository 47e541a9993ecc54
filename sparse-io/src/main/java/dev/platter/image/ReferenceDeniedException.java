package dev.platter.image;

/** An image names another file, and the policy does not let it be opened. */
public final class ReferenceDeniedException extends ImageException {
  private static final long serialVersionUID = 1L;

  public ReferenceDeniedException(String message) {
    super(message);
  }

  /**
   * @param why to end the sentence
   */
  public ReferenceDeniedException(Reference reference, String why) {
    super(reference.described() + " must not be opened: " + why);
  }

  public ReferenceDeniedException(String message, Throwable cause) {
    super(message, cause);
  }
}
