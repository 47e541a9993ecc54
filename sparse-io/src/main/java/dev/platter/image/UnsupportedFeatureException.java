package dev.platter.image;

/** An image needs a feature that this version does not handle; the message names the feature. */
public final class UnsupportedFeatureException extends ImageException {
  private static final long serialVersionUID = 1L;

  public UnsupportedFeatureException(String message) {
    super(message);
  }

  public UnsupportedFeatureException(String message, Throwable cause) {
    super(message, cause);
  }

  UnsupportedFeatureException(Fault fault, String what, Throwable cause) {
    super(fault, what, cause);
  }
}
