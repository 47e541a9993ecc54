package dev.platter.server.identity;

import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/** Names of roles. Upper and lower case are the same. */
public final class Roles {
  private static final List<String> LADDER = List.of(Caller.ADMIN, "member", "reader");

  private Roles() {}

  /** The roles, and those that Keystone gives with them: admin is a member, a member a reader. */
  public static Set<String> withImplied(String... roles) {
    Set<String> all = inLowerCase(List.of(roles));
    for (int i = 0; i + 1 < LADDER.size(); i++) {
      if (all.contains(LADDER.get(i))) {
        all.add(LADDER.get(i + 1));
      }
    }
    return all;
  }

  /** The roles as this service compares them. */
  public static Set<String> inLowerCase(Collection<String> roles) {
    Set<String> all = new TreeSet<>();
    for (String role : roles) {
      if (!role.isBlank()) {
        all.add(role.strip().toLowerCase(Locale.ROOT));
      }
    }
    return all;
  }
}
