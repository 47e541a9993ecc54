package dev.platter.server.identity;

import java.util.Set;

/**
 * Who makes a request.
 *
 * @param userId the user, or null where nobody says
 * @param projectId the project (tenant) that the user acts for, which owns what is made
 * @param roles the user's roles in that project, in lower case
 * @param requestId names this request in logs and tasks
 */
public record Caller(String userId, String projectId, Set<String> roles, String requestId) {
  /** The role that may do everything. */
  public static final String ADMIN = "admin";

  public boolean isAdmin() {
    return roles.contains(ADMIN);
  }

  /** Whether the caller's project is this one. */
  public boolean owns(String owner) {
    return owner != null && owner.equals(projectId);
  }
}
