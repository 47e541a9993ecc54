package dev.platter.server.cinder;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.platter.server.config.StoreConfig;
import dev.platter.server.http.Json;
import dev.platter.server.keystone.KeystoneException;
import dev.platter.server.keystone.KeystoneSession;
import dev.platter.server.keystone.Tls;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import javax.net.ssl.SSLContext;

/**
 * What the settings say of a store in volumes of Cinder.
 *
 * @param config where they are
 * @param authUrl Keystone's version 3
 * @param login the document to log in with, which holds a password
 * @param endpoint which one Cinder's is
 * @param volumeType of new volumes; empty: Cinder's usual one
 * @param mounts the directory that shares are mounted in
 * @param network how Keystone and Cinder are asked
 */
public record CinderSettings(
    StoreConfig config,
    URI authUrl,
    ObjectNode login,
    Endpoint endpoint,
    Optional<String> volumeType,
    Path mounts,
    Network network) {
  private static final String CATALOG = "cinder_catalog_info";
  private static final String TEMPLATE = "cinder_endpoint_template";
  private static final String INSECURE = "cinder_api_insecure";

  /** Whoever logs in; in Glance, without all of these it is the caller. */
  private static final List<String> CREDENTIALS =
      List.of(
          "cinder_store_auth_address",
          "cinder_store_user_name",
          "cinder_store_password",
          "cinder_store_project_name");

  /** Settings of Glance's that are used, and ours: {@code cinder_timeout}. */
  private static final Set<String> USED =
      Set.of(
          CATALOG,
          TEMPLATE,
          INSECURE,
          "cinder_ca_certificates_file",
          "cinder_http_retries",
          "cinder_mount_point_base",
          "cinder_os_region_name",
          "cinder_state_transition_timeout",
          "cinder_store_auth_address",
          "cinder_store_password",
          "cinder_store_project_domain_name",
          "cinder_store_project_name",
          "cinder_store_user_domain_name",
          "cinder_store_user_name",
          "cinder_timeout",
          "cinder_volume_type");

  /** Settings of Glance's that are about volumes that are refused: those of iSCSI and such. */
  private static final Set<String> WITHOUT_EFFECT =
      Set.of("cinder_enforce_multipath", "cinder_use_multipath");

  /**
   * Where Cinder is.
   *
   * @param template a URL, in which {@code %(tenant)s} and the like are the project; empty: the
   *     catalogue tells
   * @param type of the service in the catalogue
   * @param name of it there; empty: any
   * @param visibility public, internal or admin
   */
  record Endpoint(
      Optional<String> template,
      String type,
      Optional<String> name,
      String visibility,
      Optional<String> region) {}

  /**
   * How Keystone and Cinder are asked.
   *
   * @param timeout how long they may be silent
   * @param attempts how often something is asked that can be asked twice
   * @param transition how long a volume may take to change its state
   */
  record Network(SSLContext tls, Duration timeout, int attempts, Duration transition) {}

  /** Reads and checks them; asks nobody. */
  public static CinderSettings read(StoreConfig config) {
    for (String key : config.settings().keySet()) {
      if (key.contains("cinder") && !USED.contains(key) && !WITHOUT_EFFECT.contains(key)) {
        throw config.wrong(key, "is no setting of this store");
      }
    }
    WITHOUT_EFFECT.forEach(key -> config.flag(key, false));
    for (String key : CREDENTIALS) {
      if (config.text(key, null) == null) {
        throw config.wrong(
            key, "is missing: the service attaches volumes in a project of its own, not callers'");
      }
    }
    Path mounts = Path.of(config.text("cinder_mount_point_base", "/var/lib/glance/mnt"));
    if (!mounts.isAbsolute()) {
      throw config.wrong("cinder_mount_point_base", "an absolute path is expected, not " + mounts);
    }
    return new CinderSettings(
        config,
        authUrl(config),
        login(config),
        endpoint(config),
        Optional.ofNullable(config.text("cinder_volume_type", null)),
        mounts.normalize(),
        new Network(
            tls(config),
            Duration.ofSeconds(config.number("cinder_timeout", 60, 1, 86_400)),
            1 + (int) config.number("cinder_http_retries", 3, 0, 1000),
            Duration.ofSeconds(config.number("cinder_state_transition_timeout", 300, 0, 86_400))));
  }

  private static URI authUrl(StoreConfig config) {
    try {
      return KeystoneSession.versioned(config.required("cinder_store_auth_address"));
    } catch (KeystoneException e) {
      throw config.wrong("cinder_store_auth_address", "is no URL of Keystone");
    }
  }

  private static ObjectNode login(StoreConfig config) {
    ObjectNode document = Json.object();
    ObjectNode auth = document.putObject("auth");
    ObjectNode identity = auth.putObject("identity");
    identity.putArray("methods").add("password");
    ObjectNode user = identity.putObject("password").putObject("user");
    user.put("name", config.required("cinder_store_user_name"));
    user.put("password", config.required("cinder_store_password"));
    user.putObject("domain").put("name", config.text("cinder_store_user_domain_name", "Default"));
    ObjectNode project = auth.putObject("scope").putObject("project");
    project.put("name", config.required("cinder_store_project_name"));
    project
        .putObject("domain")
        .put("name", config.text("cinder_store_project_domain_name", "Default"));
    return document;
  }

  private static Endpoint endpoint(StoreConfig config) {
    String[] parts = config.text(CATALOG, "volumev3::publicURL").split(":", -1);
    String visibility = parts[parts.length - 1].replaceFirst("URL$", "");
    if (parts.length != 3
        || parts[0].isEmpty()
        || !Set.of("public", "internal", "admin").contains(visibility)) {
      throw config.wrong(
          CATALOG, "TYPE:NAME:publicURL is expected (or internalURL, adminURL; no NAME: any)");
    }
    Optional<String> template = Optional.ofNullable(config.text(TEMPLATE, null));
    if (template.filter(text -> !isUrl(project(text, "p"))).isPresent()) {
      throw config.wrong(
          TEMPLATE, "is no URL of HTTP with at most %(tenant)s or %(project_id)s in it");
    }
    return new Endpoint(
        template.map(text -> text.replaceFirst("/+$", "")),
        parts[0],
        Optional.of(parts[1]).filter(name -> !name.isEmpty()),
        visibility,
        Optional.ofNullable(config.text("cinder_os_region_name", null)));
  }

  /** A template for a project. */
  static String project(String template, String projectId) {
    return template
        .replace("%(tenant)s", projectId)
        .replace("%(tenant_id)s", projectId)
        .replace("%(project_id)s", projectId);
  }

  static boolean isUrl(String text) {
    try {
      URI uri = URI.create(text);
      return Set.of("http", "https").contains(String.valueOf(uri.getScheme()))
          && uri.getHost() != null
          && uri.getRawUserInfo() == null
          && uri.getRawQuery() == null;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private static SSLContext tls(StoreConfig config) {
    String file = config.text("cinder_ca_certificates_file", null);
    try {
      SSLContext named = file == null ? Tls.system() : Tls.of(Path.of(file));
      if (!config.flag(INSECURE, false)) {
        return named;
      }
      System.getLogger(CinderSettings.class.getName())
          .log(
              System.Logger.Level.WARNING,
              "{0}: whoever stands between here and Cinder can have images written elsewhere",
              config.ini().where(config.section(), INSECURE));
      return Tls.insecure();
    } catch (IOException e) {
      throw config.ini().wrong(config.section(), "cinder_ca_certificates_file", e);
    }
  }

  /** Without what opens it. */
  @Override
  public String toString() {
    return "CinderSettings[" + config.id() + "]";
  }
}
