package dev.platter.server.migrate;

/** A value of the source that is none of the kind which its column is for; the message says so. */
final class BadValueException extends Exception {
  private static final long serialVersionUID = 1L;

  BadValueException(String message) {
    super(message);
  }
}
