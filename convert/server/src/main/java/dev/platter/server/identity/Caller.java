package dev.platter.server.identity;

import java.util.Set;

/**
 * Who makes a request.
 *
 * @param credentials what is proved of the caller
 * @param isAdmin whether the rules take the caller for an administrator
 * @param requestId names this request in logs and tasks
 */
public record Caller(Credentials credentials, boolean isAdmin, String requestId) {
  /** The role that may do everything, unless rules say otherwise. */
  public static final String ADMIN = "admin";

  /** The user, or null where nobody says. */
  public String userId() {
    return credentials.userId();
  }

  /** The project that the user acts for, which owns what is made; or null. */
  public String projectId() {
    return credentials.projectId();
  }

  /** The user's roles in that project, in lower case. */
  public Set<String> roles() {
    return credentials.roles();
  }

  /** Whether the caller's project is this one. */
  public boolean owns(String owner) {
    return owner != null && owner.equals(projectId());
  }
}
