package dev.platter.image;

/** An image says something that cannot be true. */
public final class CorruptImageException extends ImageException {
  private static final long serialVersionUID = 1L;

  CorruptImageException(Fault fault, String what, Throwable cause) {
    super(fault, what, cause);
  }

  CorruptImageException(Fault fault, String message) {
    super(fault, message);
  }

  /** The same of an image whose structures did not know where they are; others stay as they are. */
  public CorruptImageException placedIn(String format, String source) {
    return fault().source().isPresent()
        ? this
        : new CorruptImageException(fault().placedIn(format, source), what(), this);
  }
}
