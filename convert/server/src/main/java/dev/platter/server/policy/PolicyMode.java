package dev.platter.server.policy;

/**
 * How strictly rules are taken.
 *
 * @param scopes whether tokens of the system or a domain are refused where a project's is expected
 *     ({@code enforce_scope})
 * @param newDefaults whether the built-in rules of earlier releases no longer hold beside the new
 *     ones ({@code enforce_new_defaults})
 */
public record PolicyMode(boolean scopes, boolean newDefaults) {
  /** As OpenStack has it today. */
  public static final PolicyMode DEFAULT = new PolicyMode(true, true);
}
