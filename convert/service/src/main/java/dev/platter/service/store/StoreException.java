package dev.platter.service.store;

import java.io.IOException;

/** A store cannot do what it was asked to; the message names the store and says why. */
public final class StoreException extends IOException {
  private static final long serialVersionUID = 1L;

  private final Kind kind;

  /** What is in the way. */
  public enum Kind {
    /** The store only gives. */
    READ_ONLY,
    /** There is not enough room. */
    FULL,
    /** The store is not there: not mounted, not reachable. */
    UNAVAILABLE,
    /** It has an image of that identifier already. */
    DUPLICATE,
    /** There is no such image. */
    NOT_FOUND
  }

  /**
   * @param store the store's identifier
   */
  public StoreException(Kind kind, String store, String message) {
    super("store '" + store + "': " + message);
    this.kind = kind;
  }

  /**
   * @param store the store's identifier
   */
  public StoreException(Kind kind, String store, String message, Throwable cause) {
    super("store '" + store + "': " + message, cause);
    this.kind = kind;
  }

  /** What is in the way. */
  public Kind kind() {
    return kind;
  }
}
