package dev.platter.server.policy;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The rules that hold where nobody says otherwise: those of Glance 33 (2026). Readers see what
 * their project sees, members change what it owns, administrators do everything.
 */
final class PolicyDefaults {
  private static final String ADMIN = "rule:context_is_admin";
  private static final String OWN = "project_id:%(project_id)s";
  private static final String READER = ADMIN + " or (role:reader and " + OWN + ")";
  private static final String MEMBER = ADMIN + " or (role:member and " + OWN + ")";
  private static final String SEEN =
      "("
          + OWN
          + " or project_id:%(member_id)s or 'community':%(visibility)s or 'public':%(visibility)s"
          + " or 'shared':%(visibility)s)";
  private static final String DOWNLOAD = ADMIN + " or (role:member and " + SEEN + ")";
  private static final String SHARED_READER =
      ADMIN + " or role:reader and (" + OWN + " or project_id:%(member_id)s)";
  private static final String NAMESPACE =
      ADMIN + " or (role:reader and (" + OWN + " or 'public':%(visibility)s))";
  private static final String METADEF_ADMIN = "rule:metadef_admin";

  /** The rule that stood here in earlier releases, for {@code enforce_new_defaults = false}. */
  private static final String OLD = "rule:default";

  /**
   * @param text the rule
   * @param old the rule of earlier releases; null when there was none, or the same
   * @param oldName the name that it had then
   * @param projectOnly whether only a project's tokens will do
   */
  record Default(String text, String old, String oldName, boolean projectOnly) {}

  private final Map<String, Default> rules = new LinkedHashMap<>();

  private PolicyDefaults() {
    everywhere("default", ADMIN);
    everywhere("context_is_admin", "role:admin");
    everywhere("service_api", "role:service or role:admin");
    everywhere("metadef_default", "");
    everywhere("metadef_admin", ADMIN);
    images();
    tasks();
    metadefs();
    for (String cache : new String[] {"cache_image", "cache_list", "cache_delete"}) {
      rules.put(cache, new Default(ADMIN, "rule:manage_image_cache", "manage_image_cache", true));
    }
    for (String admin :
        new String[] {"manage_image_cache", "cache_clean", "cache_prune", "list_cached_nodes"}) {
      add(admin, ADMIN, null);
    }
    add("stores_info_detail", ADMIN + " or rule:service_api", ADMIN);
  }

  /** All rules by name. */
  static Map<String, Default> all() {
    return new PolicyDefaults().rules;
  }

  private void everywhere(String name, String text) {
    rules.put(name, new Default(text, null, name, false));
  }

  private void add(String name, String text, String old) {
    rules.put(name, new Default(text, old, name, true));
  }

  private void images() {
    add("add_image", ADMIN + " or (role:member and " + OWN + " and project_id:%(owner)s)", OLD);
    add("get_image", ADMIN + " or (role:reader and " + SEEN + ")", OLD);
    add("get_images", READER, OLD);
    add("publicize_image", ADMIN, null);
    add("download_image", DOWNLOAD, OLD);
    add("download_from_store", DOWNLOAD, null);
    for (String member :
        new String[] {
          "delete_image",
          "modify_image",
          "communitize_image",
          "upload_image",
          "set_image_location",
          "add_member",
          "delete_member",
          "deactivate",
          "reactivate"
        }) {
      add(member, MEMBER, OLD);
    }
    add("delete_image_location", ADMIN, OLD);
    add("get_image_location", READER, OLD);
    add(
        "add_image_location",
        "rule:service_api or (role:member and " + OWN + " and project_id:%(owner)s)",
        null);
    add("fetch_image_location", "rule:service_api", null);
    add("get_member", SHARED_READER, OLD);
    add("get_members", SHARED_READER, OLD);
    add("modify_member", ADMIN + " or (role:member and project_id:%(member_id)s)", OLD);
    add("copy_image", ADMIN, null);
  }

  private void tasks() {
    for (String task : new String[] {"get_task", "get_tasks", "add_task", "modify_task"}) {
      add(task, OLD, null);
    }
    add("tasks_api_access", ADMIN, null);
  }

  private void metadefs() {
    String old = "rule:metadef_default";
    add("get_metadef_namespace", NAMESPACE, old);
    add("get_metadef_namespaces", READER, old);
    for (String read :
        new String[] {
          "get_metadef_object",
          "get_metadef_objects",
          "list_metadef_resource_types",
          "get_metadef_resource_type",
          "get_metadef_property",
          "get_metadef_properties",
          "get_metadef_tag",
          "get_metadef_tags"
        }) {
      add(read, NAMESPACE, old);
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
      add(write, METADEF_ADMIN, null);
    }
  }
}
