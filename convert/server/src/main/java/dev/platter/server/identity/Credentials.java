package dev.platter.server.identity;

import java.util.Optional;
import java.util.Set;

/**
 * What is known of who makes a request, once it is proved.
 *
 * @param userId the user, or null where nobody says
 * @param userDomainId the user's domain, or null
 * @param scope what the user acts on
 * @param roles the user's roles there, in lower case
 * @param service the service that passes the request on, when it proves itself
 * @param access what the user has bound the proof to
 */
public record Credentials(
    String userId,
    String userDomainId,
    Scope scope,
    Set<String> roles,
    Optional<Credentials> service,
    AccessRules access) {
  /** Nobody: what is asked for needs no proof. */
  public static final Credentials NOBODY =
      new Credentials(null, null, Scope.NONE, Set.of(), Optional.empty());

  /** The same for any request. */
  public Credentials(
      String userId,
      String userDomainId,
      Scope scope,
      Set<String> roles,
      Optional<Credentials> service) {
    this(userId, userDomainId, scope, roles, service, AccessRules.NONE);
  }

  /** A user in a project, of whom no more is known. */
  public static Credentials inProject(String userId, String projectId, Set<String> roles) {
    return new Credentials(userId, null, Scope.project(projectId, null), roles, Optional.empty());
  }

  /** The same, passed on by a service. */
  public Credentials through(Credentials passingOn) {
    return new Credentials(userId, userDomainId, scope, roles, Optional.of(passingOn), access);
  }

  /** The same for any request: a service answers for what it passes on. */
  public Credentials withoutAccessRules() {
    return new Credentials(userId, userDomainId, scope, roles, service, AccessRules.NONE);
  }

  /** The project that the user acts for, or null. */
  public String projectId() {
    return scope.kind() == Scope.Kind.PROJECT ? scope.id() : null;
  }

  /** The roles of the service that passes the request on. */
  public Set<String> serviceRoles() {
    return service.map(Credentials::roles).orElse(Set.of());
  }
}
