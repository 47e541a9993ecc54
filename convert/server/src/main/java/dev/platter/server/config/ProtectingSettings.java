package dev.platter.server.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What is done about settings that mean nothing here. One that was to protect something stops the
 * service: it would run without that protection. One that only makes things faster or smaller is
 * told, and no more.
 */
public final class ProtectingSettings {
  private static final Set<String> SECTIONS =
      Set.of(
          "keystone_authtoken",
          "trusted_proxy",
          "token_file",
          "oslo_policy",
          "oslo_limit",
          "cors",
          "import_filtering_opts",
          "image_format");

  private static final Pattern WORDS =
      Pattern.compile(
          "(^|_)(quota|limits?|cap|polic(y|ies)|protect(ions?|ed)?|secure|secret|encrypt(ion)?|auth"
              + "|rbac|admin|owner|role|allow(ed)?|disallow(ed)?|deny|denied|restrict(ed)?|verify"
              + "|cert|cert_file|key_file|ca_file|cafile|tls|ssl|insecure|anonymous)($|_)");

  /** Settings whose names sound like protection and that only make things faster. */
  private static final Pattern TUNING =
      Pattern.compile(
          "memcache.*|cache|http_connect_timeout|http_request_max_retries|include_service_catalog"
              + "|auth_admin_prefix|remote_.*|limit_.*|api_limit_max|.*_timeout|max_request_id_length"
              + "|allow_anonymous_access");

  private ProtectingSettings() {}

  /**
   * Looks through what nobody asked for.
   *
   * @return what is to be told: settings that protect nothing
   * @throws IllegalArgumentException if a setting would have protected something
   */
  public static List<String> check(IniFile ini) {
    List<String> told = new ArrayList<>();
    for (IniFile.Setting setting : ini.unknown()) {
      String key = setting.key();
      if (!TUNING.matcher(key).matches()
          && (SECTIONS.contains(setting.section()) || WORDS.matcher(key).find())) {
        throw ini.wrong(
            setting.section(),
            key,
            "is not understood, or not used as the other settings are, and it may protect"
                + " something; remove it, or set what it needs");
      }
      told.add(ini.where(setting.section(), key));
    }
    return told;
  }
}
