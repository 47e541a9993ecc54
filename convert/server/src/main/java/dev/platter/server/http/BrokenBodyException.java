package dev.platter.server.http;

import java.io.IOException;

/** The body of a request did not come as it was announced: it broke off, or is no body at all. */
public final class BrokenBodyException extends IOException {
  private static final long serialVersionUID = 1L;

  BrokenBodyException(IOException cause) {
    super("the request's body broke off: " + cause.getMessage(), cause);
  }

  /** Whether a body that broke off is behind a failure. */
  public static boolean isBehind(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof BrokenBodyException) {
        return true;
      }
    }
    return false;
  }
}
