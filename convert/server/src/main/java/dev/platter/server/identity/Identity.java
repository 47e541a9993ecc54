package dev.platter.server.identity;

import java.util.Optional;

/** How the service knows who asks. */
@FunctionalInterface
public interface Identity {
  /** The header of a user's token. */
  String TOKEN_HEADER = "X-Auth-Token";

  /**
   * @return what the headers prove
   * @throws IdentityException if they prove nothing, or if that cannot be found out now
   */
  Credentials identify(Headers headers) throws IdentityException;

  /** What a caller without proof is told in {@code WWW-Authenticate}. */
  default Optional<String> challenge() {
    return Optional.empty();
  }

  /** Nobody is asked: everybody is the same single administrator. */
  static Identity none() {
    Credentials everybody =
        Credentials.inProject("admin", "admin", Roles.withImplied(Caller.ADMIN));
    return headers -> everybody;
  }
}
