package dev.platter.server.keystone;

import java.io.IOException;

/** Keystone cannot be asked, or answers what cannot be an answer. Holds nothing secret. */
public final class KeystoneException extends IOException {
  public KeystoneException(String message) {
    super(message);
  }

  public KeystoneException(String message, Throwable cause) {
    super(message, cause);
  }
}
