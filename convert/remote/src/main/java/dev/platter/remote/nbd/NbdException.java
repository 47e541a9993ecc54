package dev.platter.remote.nbd;

import java.io.IOException;

/** The other side refused, broke the protocol, or answered a request with an error. */
public class NbdException extends IOException {
  private static final long serialVersionUID = 1L;

  public NbdException(String message) {
    super(message);
  }

  public NbdException(String message, Throwable cause) {
    super(message, cause);
  }
}
