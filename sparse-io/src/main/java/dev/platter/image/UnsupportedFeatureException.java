package dev.platter.image;

/** An image needs a feature that this version does not handle; the message names the feature. */
public final class UnsupportedFeatureException extends ImageException {
  private static final long serialVersionUID = 1L;

  UnsupportedFeatureException(Fault fault, String what, Throwable cause) {
    super(fault, what, cause);
  }
}
