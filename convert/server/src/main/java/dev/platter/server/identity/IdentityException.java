package dev.platter.server.identity;

/** Nobody can say who asks. The message is for the caller: it holds nothing secret. */
public final class IdentityException extends Exception {
  private final Reason reason;

  /** Why. */
  public enum Reason {
    /** What the caller brings proves nothing. */
    REFUSED,
    /** Whoever knows callers cannot be asked. */
    UNAVAILABLE
  }

  public IdentityException(Reason reason, String message) {
    super(message, null, false, false);
    this.reason = reason;
  }

  public static IdentityException refused() {
    return new IdentityException(
        Reason.REFUSED, "The request you have made requires authentication.");
  }

  public static IdentityException unavailable() {
    return new IdentityException(
        Reason.UNAVAILABLE, "The identity service cannot be asked; try again later.");
  }

  public Reason reason() {
    return reason;
  }
}
