package dev.platter.server.identity;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The requests to which an application credential is bound. A path is a text in which {@code *} and
 * {@code {name}} stand for one segment and {@code **} for anything; all else is meant as it is.
 */
public final class AccessRules {
  /** There are none: any request is let through. */
  public static final AccessRules NONE = new AccessRules(Optional.empty());

  private static final int LONGEST = 1000;

  /** What stands for one segment, and for anything, in a path that was taken apart. */
  private static final int SEGMENT = -1;

  private static final int ANYTHING = -2;

  private final Optional<List<Rule>> rules;

  private AccessRules(Optional<List<Rule>> rules) {
    this.rules = rules;
  }

  /** One kind of request. */
  public record Rule(String method, String path) {}

  /** Only what one of the rules is about; nothing where there are none. */
  public static AccessRules of(List<Rule> rules) {
    return new AccessRules(Optional.of(List.copyOf(rules)));
  }

  /** Whether a request is let through. */
  public boolean allow(String method, String path) {
    return rules.isEmpty()
        || rules.get().stream()
            .anyMatch(rule -> rule.method().equals(method) && matches(rule.path(), path));
  }

  /** Users write these: no rule takes more time than its length times the path's. */
  private static boolean matches(String rule, String path) {
    if (rule.length() > LONGEST) {
      return false;
    }
    int[] parts = parts(rule);
    boolean[] at = new boolean[parts.length + 1];
    at[0] = true;
    passOver(parts, at);
    for (int i = 0; i < path.length(); i++) {
      at = after(path.charAt(i), parts, at);
    }
    return at[parts.length];
  }

  private static boolean[] after(char next, int[] parts, boolean[] at) {
    boolean[] then = new boolean[parts.length + 1];
    for (int i = 0; i < parts.length; i++) {
      boolean stays = parts[i] == ANYTHING || (parts[i] == SEGMENT && next != '/');
      if (at[i] && stays) {
        then[i] = true;
      }
      if (at[i] && (parts[i] == next || (parts[i] == SEGMENT && next != '/'))) {
        then[i + 1] = true;
      }
    }
    passOver(parts, then);
    return then;
  }

  /** What stands for anything stands for nothing, too. */
  private static void passOver(int[] parts, boolean[] at) {
    for (int i = 0; i < parts.length; i++) {
      at[i + 1] |= at[i] && parts[i] == ANYTHING;
    }
  }

  private static int[] parts(String rule) {
    List<Integer> parts = new ArrayList<>();
    for (int i = 0; i < rule.length(); i++) {
      int end = rule.charAt(i) == '{' ? rule.indexOf('}', i) : -1;
      if (rule.startsWith("**", i)) {
        parts.add(ANYTHING);
        i++;
      } else if (rule.charAt(i) == '*') {
        parts.add(SEGMENT);
      } else if (end > 0) {
        parts.add(SEGMENT);
        i = end;
      } else {
        parts.add((int) rule.charAt(i));
      }
    }
    return parts.stream().mapToInt(Integer::intValue).toArray();
  }
}
