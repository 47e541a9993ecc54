package dev.platter.server.identity;

import java.util.Optional;
import java.util.function.Predicate;

/** Makes callers of what requests prove. */
public final class Callers {
  private final Identity identity;
  private final Predicate<Credentials> administrators;

  /**
   * @param administrators whom the rules take for an administrator
   */
  public Callers(Identity identity, Predicate<Credentials> administrators) {
    this.identity = identity;
    this.administrators = administrators;
  }

  /**
   * Whoever makes this request, whose headers must prove it.
   *
   * @param path as it was sent, without the query
   */
  public Caller identify(Headers headers, String method, String path, String requestId)
      throws IdentityException {
    Credentials credentials = identity.identify(headers);
    if (!credentials.access().allow(method, path)) {
      throw IdentityException.refused();
    }
    return new Caller(credentials, administrators.test(credentials), requestId);
  }

  /** Somebody who need not prove anything. */
  public static Caller nobody(String requestId) {
    return new Caller(Credentials.NOBODY, false, requestId);
  }

  /** What a caller without proof is told in {@code WWW-Authenticate}. */
  public Optional<String> challenge() {
    return identity.challenge();
  }
}
