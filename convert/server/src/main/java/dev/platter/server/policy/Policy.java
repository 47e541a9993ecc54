package dev.platter.server.policy;

import dev.platter.server.http.ApiException;
import dev.platter.server.identity.Caller;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Who may do what, as rules by name. A rule is {@code role:NAME}, {@code rule:OTHER}, {@code @} or
 * the empty text (everybody), {@code !} (nobody), or several of these joined by {@code or}. Rules
 * that a deployer names in a file replace the built-in ones.
 */
public final class Policy {
  private static final Map<String, String> DEFAULTS = defaults();

  private final Map<String, String> rules;

  /**
   * @param overrides rules by name
   */
  public Policy(Map<String, String> overrides) {
    rules = new TreeMap<>(DEFAULTS);
    rules.putAll(overrides);
    Set<String> used = new TreeSet<>(DEFAULTS.keySet());
    for (String name : rules.keySet()) {
      check(name, 0, used);
    }
    for (String name : overrides.keySet()) {
      if (!used.contains(name)) {
        throw new IllegalArgumentException("policy rule " + name + " has no meaning here");
      }
    }
  }

  private static Map<String, String> defaults() {
    Map<String, String> rules = new TreeMap<>();
    rules.put("context_is_admin", "role:admin");
    rules.put("publicize_image", "rule:context_is_admin");
    rules.put("communitize_image", "@");
    for (String open :
        new String[] {
          "add_image",
          "get_image",
          "get_images",
          "modify_image",
          "add_member",
          "get_member",
          "get_members",
          "modify_member",
          "delete_member"
        }) {
      rules.put(open, "@");
    }
    rules.put("upload_image", "@");
    rules.put("download_image", "@");
    rules.put("delete_image", "@");
    rules.put("copy_image", "@");
    rules.put("deactivate", "@");
    rules.put("reactivate", "@");
    rules.put("set_image_location", "rule:context_is_admin");
    rules.put("delete_image_location", "rule:context_is_admin");
    rules.put("tasks_api_access", "rule:context_is_admin");
    rules.put("stores_info_detail", "rule:context_is_admin");
    rules.put("manage_image_cache", "rule:context_is_admin");
    rules.put("cache_image", "rule:context_is_admin");
    rules.put("cache_list", "rule:context_is_admin");
    rules.put("cache_delete", "rule:context_is_admin");
    rules.put("metadef_default", "@");
    rules.put("metadef_admin", "rule:context_is_admin");
    for (String read :
        new String[] {
          "get_metadef_namespace",
          "get_metadef_namespaces",
          "get_metadef_object",
          "get_metadef_objects",
          "list_metadef_resource_types",
          "get_metadef_resource_type",
          "get_metadef_property",
          "get_metadef_properties",
          "get_metadef_tag",
          "get_metadef_tags"
        }) {
      rules.put(read, "rule:metadef_default");
    }
    for (String write :
        new String[] {
          "modify_metadef_namespace",
          "add_metadef_namespace",
          "delete_metadef_namespace",
          "modify_metadef_object",
          "add_metadef_object",
          "delete_metadef_object",
          "add_metadef_resource_type_association",
          "remove_metadef_resource_type_association",
          "modify_metadef_property",
          "add_metadef_property",
          "remove_metadef_property",
          "modify_metadef_tag",
          "add_metadef_tag",
          "add_metadef_tags",
          "delete_metadef_tag",
          "delete_metadef_tags"
        }) {
      rules.put(write, "rule:metadef_admin");
    }
    return rules;
  }

  /** Refuses with 403 when the caller may not. */
  public void require(String rule, Caller caller) {
    if (!allows(rule, caller)) {
      throw ApiException.forbidden("You are not authorized to complete " + rule + " action.");
    }
  }

  /** Whether the caller may do what the rule is about. */
  public boolean allows(String rule, Caller caller) {
    for (String alternative : alternatives(rule)) {
      boolean matches =
          switch (alternative) {
            case "@", "" -> true;
            case "!" -> false;
            default ->
                alternative.startsWith("role:")
                    ? caller.roles().contains(alternative.substring(5))
                    : allows(alternative.substring(5), caller);
          };
      if (matches) {
        return true;
      }
    }
    return false;
  }

  private String[] alternatives(String name) {
    String rule = rules.get(name);
    if (rule == null) {
      throw new IllegalArgumentException("there is no policy rule " + name);
    }
    String[] alternatives = rule.strip().split("\\s+or\\s+", -1);
    for (int i = 0; i < alternatives.length; i++) {
      alternatives[i] = alternatives[i].strip();
      if (alternatives[i].startsWith("role:")) {
        alternatives[i] = alternatives[i].toLowerCase(Locale.ROOT);
      }
    }
    return alternatives;
  }

  /** Finds what cannot be understood when the service starts, not when somebody asks. */
  private void check(String name, int depth, Set<String> used) {
    if (depth > rules.size()) {
      throw new IllegalArgumentException("policy rule " + name + " refers to itself");
    }
    for (String alternative : alternatives(name)) {
      if (alternative.startsWith("rule:")) {
        used.add(alternative.substring(5));
        check(alternative.substring(5), depth + 1, used);
      } else if (!alternative.matches("@|!||role:[^ ]+")) {
        throw new IllegalArgumentException(
            "policy rule " + name + ": \"" + alternative + "\" is not understood");
      }
    }
  }
}
