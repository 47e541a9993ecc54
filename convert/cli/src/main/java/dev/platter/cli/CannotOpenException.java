package dev.platter.cli;

import dev.platter.storage.FileNames;
import java.io.IOException;
import java.nio.file.Path;

/** A file cannot be opened; keeps which one it was, because a chain has many. */
final class CannotOpenException extends IOException {
  private static final long serialVersionUID = 1L;

  private final transient Path path;
  private final String reason;

  CannotOpenException(Path path, String reason, IOException cause) {
    super("Could not open '" + FileNames.text(path) + "': " + reason, cause);
    this.path = path;
    this.reason = reason;
  }

  Path path() {
    return path;
  }

  String reason() {
    return reason;
  }
}
