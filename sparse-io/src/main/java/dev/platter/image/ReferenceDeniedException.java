package dev.platter.image;

/** An image names another file, and the policy does not let it be opened. */
public final class ReferenceDeniedException extends ImageException {
  private static final long serialVersionUID = 1L;

  ReferenceDeniedException(Fault fault, String what, Throwable cause) {
    super(fault, what, cause);
  }
}
