package dev.platter.storage;

import java.io.IOException;

/** Where the secrets are that a location names, as {@code password-secret=ID}. */
@FunctionalInterface
public interface NamedSecrets {
  /** There are none. */
  NamedSecrets NONE =
      id -> {
        throw new IOException("No secret with id '" + id + "'");
      };

  /**
   * The secret of that name; the array is the caller's.
   *
   * @throws IOException if there is none
   */
  byte[] named(String id) throws IOException;
}
