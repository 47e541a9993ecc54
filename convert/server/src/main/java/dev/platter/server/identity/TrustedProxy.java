package dev.platter.server.identity;

import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A proxy in front has asked Keystone, and says in headers what it has learnt, as Keystone's own
 * middleware does. It takes away what callers say under these names. Where others may reach the
 * service, a secret that only the proxy knows proves that it is the proxy who speaks.
 */
public final class TrustedProxy implements Identity {
  /** The header with the proxy's secret. */
  public static final String SECRET = "X-Proxy-Secret";

  private final Optional<Secret> secret;

  /**
   * @param secret what the proxy must bring; nothing where only the proxy reaches the service
   */
  public TrustedProxy(Optional<Secret> secret) {
    this.secret = secret;
  }

  @Override
  public Credentials identify(Headers headers) throws IdentityException {
    Optional<String> proof = headers.single(SECRET);
    boolean proved =
        secret.isEmpty() || proof.isPresent() && secret.get().is(Secret.of(proof.get()));
    if (!proved || !confirmed(headers, "X-Identity-Status")) {
      throw IdentityException.refused();
    }
    Credentials user =
        new Credentials(
            headers.single("X-User-Id").orElse(null),
            headers.single("X-User-Domain-Id").orElse(null),
            scope(headers),
            roles(headers, "X-Roles"),
            Optional.empty());
    return confirmed(headers, "X-Service-Identity-Status") ? user.through(service(headers)) : user;
  }

  private static boolean confirmed(Headers headers, String name) throws IdentityException {
    return headers.single(name).filter("Confirmed"::equals).isPresent();
  }

  private static Scope scope(Headers headers) throws IdentityException {
    Optional<String> project = headers.single("X-Project-Id");
    Optional<String> domain = headers.single("X-Domain-Id");
    Optional<String> system = headers.single("OpenStack-System-Scope");
    List<Optional<String>> scopes = List.of(project, domain, system);
    if (scopes.stream().filter(Optional::isPresent).count() > 1) {
      throw IdentityException.refused();
    }
    if (system.isPresent()) {
      if (!system.get().equals("all")) {
        throw IdentityException.refused();
      }
      return Scope.SYSTEM;
    }
    if (domain.isPresent()) {
      return Scope.domain(domain.get());
    }
    String projectDomain = headers.single("X-Project-Domain-Id").orElse(null);
    return project.map(id -> Scope.project(id, projectDomain)).orElse(Scope.NONE);
  }

  private static Credentials service(Headers headers) throws IdentityException {
    return new Credentials(
        headers.single("X-Service-User-Id").orElse(null),
        headers.single("X-Service-User-Domain-Id").orElse(null),
        headers
            .single("X-Service-Project-Id")
            .map(id -> Scope.project(id, null))
            .orElse(Scope.NONE),
        roles(headers, "X-Service-Roles"),
        Optional.empty());
  }

  private static Set<String> roles(Headers headers, String name) throws IdentityException {
    return Roles.inLowerCase(List.of(headers.single(name).orElse("").split(",")));
  }
}
