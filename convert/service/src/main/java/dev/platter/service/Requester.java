package dev.platter.service;

import dev.platter.image.Experimental;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * Who asked for an import.
 *
 * @param roles the roles of the user, which decide about injected properties
 * @param token by which other services let in whoever acts for the user; nothing where there is
 *     none
 */
@Experimental
public record Requester(Set<String> roles, Optional<String> token) {
  /** Nobody in particular. */
  public static final Requester NOBODY = new Requester(Set.of(), Optional.empty());

  public Requester {
    roles = Set.copyOf(roles);
    Objects.requireNonNull(token);
  }

  /** A user of whom only the roles are known. */
  public static Requester withRoles(Set<String> roles) {
    return new Requester(roles, Optional.empty());
  }

  /** Tokens are in no log. */
  @Override
  public String toString() {
    return "Requester[" + roles + "]";
  }
}
