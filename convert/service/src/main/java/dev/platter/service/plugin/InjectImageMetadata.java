package dev.platter.service.plugin;

import dev.platter.service.ImportDraft;
import dev.platter.service.ImportPlugin;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/**
 * Gives images properties that the deployer chose, unless the user has a role that is exempt.
 *
 * @param ignoreUserRoles who holds one of these gets nothing injected
 * @param properties what is injected, whatever the image had
 */
public record InjectImageMetadata(Set<String> ignoreUserRoles, Map<String, String> properties)
    implements ImportPlugin {
  public InjectImageMetadata {
    ignoreUserRoles = Set.copyOf(ignoreUserRoles);
    properties = Collections.unmodifiableMap(new LinkedHashMap<>(properties));
  }

  /**
   * As Glance's configuration says it.
   *
   * @param ignoreUserRoles role names with commas between them
   * @param inject {@code PROPERTY1:value,PROPERTY2:value;another value}; each pair, each name and
   *     each value, or the whole may stand in quotation marks, single or double
   * @throws IllegalArgumentException if a pair has no colon, or no name
   */
  public static InjectImageMetadata parse(String ignoreUserRoles, String inject) {
    Set<String> roles = new LinkedHashSet<>();
    for (String role : unquoted(ignoreUserRoles).split(",", -1)) {
      if (!unquoted(role).isEmpty()) {
        roles.add(unquoted(role));
      }
    }
    Map<String, String> properties = new LinkedHashMap<>();
    for (String pair : withoutBraces(inject).split(",", -1)) {
      String text = isOneText(pair.strip()) ? unquoted(pair) : pair.strip();
      if (text.isEmpty()) {
        continue;
      }
      int colon = text.indexOf(':');
      String name = colon < 0 ? "" : stripQuotes(text.substring(0, colon));
      if (name.isEmpty()) {
        throw new IllegalArgumentException(
            "inject: '" + pair.strip() + "' is no property, a colon and a value");
      }
      properties.put(name, stripQuotes(text.substring(colon + 1)));
    }
    return new InjectImageMetadata(roles, properties);
  }

  /**
   * A list in quotation marks as a whole leaves one at the first name and one at the last value.
   */
  private static String stripQuotes(String text) {
    String bare = text.strip();
    int from = 0;
    int end = bare.length();
    while (from < end && isQuote(bare.charAt(from))) {
      from++;
    }
    while (end > from && isQuote(bare.charAt(end - 1))) {
      end--;
    }
    return bare.substring(from, end).strip();
  }

  private static String withoutBraces(String text) {
    String bare = text.strip();
    return bare.startsWith("{") && bare.endsWith("}") ? bare.substring(1, bare.length() - 1) : bare;
  }

  /** Whether a pair is quoted as one: no other quotation mark is in it. */
  private static boolean isOneText(String pair) {
    return pair.length() >= 2
        && isQuote(pair.charAt(0))
        && pair.indexOf(pair.charAt(0), 1) == pair.length() - 1;
  }

  private static String unquoted(String text) {
    String bare = text.strip();
    return isOneText(bare) ? bare.substring(1, bare.length() - 1).strip() : bare;
  }

  private static boolean isQuote(char c) {
    return c == '"' || c == '\'';
  }

  @Override
  public String name() {
    return "inject_image_metadata";
  }

  @Override
  public void run(ImportDraft draft) {
    if (Collections.disjoint(draft.job().requester().roles(), ignoreUserRoles)) {
      properties.forEach(draft::set);
    }
  }
}
