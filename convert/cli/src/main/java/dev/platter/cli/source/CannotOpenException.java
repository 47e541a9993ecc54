package dev.platter.cli.source;

import dev.platter.storage.Location;
import java.io.IOException;

/** A file cannot be opened; keeps which one it was, because a chain has many. */
final class CannotOpenException extends IOException {
  private static final long serialVersionUID = 1L;

  private final transient Location location;
  private final String reason;

  CannotOpenException(Location location, String reason, IOException cause) {
    super("Could not open '" + location + "': " + reason, cause);
    this.location = location;
    this.reason = reason;
  }

  Location location() {
    return location;
  }

  String reason() {
    return reason;
  }
}
