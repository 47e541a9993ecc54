package dev.platter.server.identity;

/**
 * What a token is good for.
 *
 * @param kind what it covers
 * @param id the project or the domain; for the system, {@code all}; null when there is no scope
 * @param domainId the domain of a project; null elsewhere
 */
public record Scope(Kind kind, String id, String domainId) {
  /** No scope at all: roles mean nothing. */
  public static final Scope NONE = new Scope(Kind.NONE, null, null);

  /** The whole cloud. */
  public static final Scope SYSTEM = new Scope(Kind.SYSTEM, "all", null);

  /** What a token may cover. */
  public enum Kind {
    NONE,
    PROJECT,
    DOMAIN,
    SYSTEM
  }

  public static Scope project(String id, String domainId) {
    return new Scope(Kind.PROJECT, id, domainId);
  }

  public static Scope domain(String id) {
    return new Scope(Kind.DOMAIN, id, null);
  }
}
