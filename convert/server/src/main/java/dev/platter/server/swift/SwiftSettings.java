package dev.platter.server.swift;

import dev.platter.server.config.StoreConfig;
import dev.platter.server.keystone.Tls;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import javax.net.ssl.SSLContext;

/**
 * What the settings say of a store in Swift.
 *
 * @param config where they are
 * @param references the accounts that there are, by their names
 * @param reference the account that new images go to
 * @param containers where in it
 * @param segments what images are sent in
 * @param createContainer whether a container that is missing is made
 * @param multiTenant whether each image lies in the account of the project that owns it
 * @param adminTenants projects that may read and write there, too
 * @param network how the cluster is found and asked
 */
public record SwiftSettings(
    StoreConfig config,
    Map<String, SwiftReference> references,
    SwiftReference reference,
    Containers containers,
    Segments segments,
    boolean createContainer,
    boolean multiTenant,
    List<String> adminTenants,
    Network network) {
  /** A megabyte as Glance counts it for Swift. */
  private static final long MEGABYTE = 1000L * 1024;

  /** Settings of Glance's that are used, and ours: {@code _manifest} and {@code _timeout}. */
  private static final Set<String> USED =
      Set.of(
          "swift_store_admin_tenants",
          "default_swift_reference",
          "swift_buffer_on_upload",
          "swift_store_auth_address",
          "swift_store_auth_insecure",
          "swift_store_auth_version",
          "swift_store_cacert",
          "swift_store_config_file",
          "swift_store_container",
          "swift_store_create_container_on_put",
          "swift_store_endpoint",
          "swift_store_endpoint_type",
          "swift_store_key",
          "swift_store_large_object_chunk_size",
          "swift_store_large_object_size",
          "swift_store_manifest",
          "swift_store_multi_tenant",
          "swift_store_multiple_containers_seed",
          "swift_store_region",
          "swift_store_retry_get_count",
          "swift_store_service_type",
          "swift_store_timeout",
          "swift_store_user",
          "swift_upload_buffer_dir");

  /** Settings of Glance's that change nothing here, whatever their value. */
  private static final Set<String> WITHOUT_EFFECT =
      Set.of(
          "swift_store_expire_soon_interval", // tokens are renewed a minute early
          "swift_store_ssl_compression", // TLS has none any more
          "swift_store_use_trusts"); // the store's own user does all the work

  /** How a large image refers to its segments. */
  enum Manifest {
    /** A list of segments with their digests (static large object). */
    SLO,
    /** A prefix of names (dynamic large object). */
    DLO
  }

  /**
   * How images are cut.
   *
   * @param threshold images from this size on are segmented, and those of unknown size, bytes
   * @param size of a segment, bytes
   * @param buffer where segments are kept until they are sent; nothing: nowhere, they are sent as
   *     they come
   */
  record Segments(Manifest manifest, long threshold, long size, Optional<Path> buffer) {}

  /**
   * How the cluster is found and asked.
   *
   * @param endpoint the account's URL; empty: the log-in tells it
   * @param catalog which of the endpoints of Keystone's catalogue
   * @param tls whose certificates are believed
   * @param timeout how long the server may be silent
   * @param attempts how often a range of bytes is asked for
   */
  record Network(
      Optional<URI> endpoint,
      CatalogChoice catalog,
      SSLContext tls,
      Duration timeout,
      int attempts) {}

  /** An endpoint in Keystone's catalogue. */
  record CatalogChoice(String serviceType, String visibility, Optional<String> region) {}

  /** Reads and checks them; asks nobody. */
  public static SwiftSettings read(StoreConfig config) {
    checkNames(config);
    String name = config.text("default_swift_reference", "ref1");
    if (!name.matches("[A-Za-z0-9._-]+")) {
      throw config.wrong("default_swift_reference", "is no name that fits into a location");
    }
    Map<String, SwiftReference> references = SwiftReference.readAll(config, name);
    SwiftReference reference = references.get(name);
    if (reference == null) {
      throw config.wrong("swift_store_config_file", "has no section [" + name + "]");
    }
    for (SwiftReference each : references.values()) {
      if (each.version() == 3 && each.user().chars().filter(c -> c == ':').count() != 1) {
        throw config.wrong(
            config.text("swift_store_config_file", null) == null
                ? "swift_store_user"
                : "swift_store_config_file",
            "the user of " + each.name() + " is not PROJECT:USER, as Keystone wants it");
      }
    }
    return new SwiftSettings(
        config,
        references,
        reference,
        containers(config),
        segments(config),
        config.flag("swift_store_create_container_on_put", false),
        isMultiTenant(config, reference),
        adminTenants(config),
        network(config));
  }

  private static boolean isMultiTenant(StoreConfig config, SwiftReference reference) {
    String key = "swift_store_multi_tenant";
    boolean wanted = config.flag(key, false);
    if (wanted && reference.version() != 3) {
      throw config.wrong(key, "accounts of projects are those of Keystone (auth_version 3)");
    }
    if (wanted && !config.flag("swift_store_create_container_on_put", false)) {
      throw config.wrong(
          key,
          "each image has a container of its own, which swift_store_create_container_on_put = true"
              + " has made");
    }
    if (wanted && config.number("swift_store_multiple_containers_seed", 0, 0, 32) > 0) {
      throw config.wrong(key, "does not go with swift_store_multiple_containers_seed");
    }
    return wanted;
  }

  private static List<String> adminTenants(StoreConfig config) {
    List<String> projects =
        Arrays.stream(config.text("swift_store_admin_tenants", "").split(","))
            .map(String::strip)
            .filter(name -> !name.isEmpty())
            .toList();
    for (String project : projects) {
      if (!project.matches("[A-Za-z0-9._-]{1,255}")) {
        throw config.wrong("swift_store_admin_tenants", project + " is no name of a project");
      }
    }
    return projects;
  }

  private static void checkNames(StoreConfig config) {
    for (String key : config.settings().keySet()) {
      boolean known = USED.contains(key) || WITHOUT_EFFECT.contains(key);
      if (key.contains("swift") && !known) {
        throw config.wrong(key, "is no setting of this store");
      }
    }
  }

  private static Containers containers(StoreConfig config) {
    String name = config.text("swift_store_container", "glance");
    if (!name.matches("[A-Za-z0-9][A-Za-z0-9._-]{0,199}")) {
      throw config.wrong(
          "swift_store_container", "letters, digits, dots, - and _ are expected, not " + name);
    }
    return new Containers(
        name, (int) config.number("swift_store_multiple_containers_seed", 0, 0, 32));
  }

  private static Segments segments(StoreConfig config) {
    String manifest = config.text("swift_store_manifest", "slo");
    return new Segments(
        switch (manifest) {
          case "slo" -> Manifest.SLO;
          case "dlo" -> Manifest.DLO;
          default ->
              throw config.wrong("swift_store_manifest", "slo or dlo is expected, not " + manifest);
        },
        config.number("swift_store_large_object_size", 5120, 1, 1 << 20) * MEGABYTE,
        config.number("swift_store_large_object_chunk_size", 200, 1, 5120) * MEGABYTE,
        config.flag("swift_buffer_on_upload", false)
            ? Optional.of(buffer(config))
            : Optional.empty());
  }

  private static Path buffer(StoreConfig config) {
    Path directory = Path.of(config.required("swift_upload_buffer_dir"));
    if (!Files.isDirectory(directory) || !Files.isWritable(directory)) {
      throw config.wrong(
          "swift_upload_buffer_dir", directory + " is no directory that can be written to");
    }
    return directory;
  }

  private static Network network(StoreConfig config) {
    String type = config.text("swift_store_endpoint_type", "publicURL");
    if (!Set.of("publicURL", "internalURL", "adminURL").contains(type)) {
      throw config.wrong(
          "swift_store_endpoint_type",
          "publicURL, internalURL or adminURL is expected, not " + type);
    }
    return new Network(
        Optional.ofNullable(config.text("swift_store_endpoint", null))
            .map(text -> endpoint(config, text)),
        new CatalogChoice(
            config.text("swift_store_service_type", "object-store"),
            type.substring(0, type.length() - "URL".length()),
            Optional.ofNullable(config.text("swift_store_region", null))),
        tls(config),
        Duration.ofSeconds(config.number("swift_store_timeout", 60, 1, 86_400)),
        1 + (int) config.number("swift_store_retry_get_count", 0, 0, 1000));
  }

  private static URI endpoint(StoreConfig config, String text) {
    try {
      URI uri = URI.create(text.endsWith("/") ? text.substring(0, text.length() - 1) : text);
      if (Set.of("http", "https").contains(String.valueOf(uri.getScheme()))
          && uri.getHost() != null
          && uri.getRawQuery() == null) {
        return uri;
      }
    } catch (IllegalArgumentException e) {
      // Said below.
    }
    throw config.wrong("swift_store_endpoint", "is no URL of HTTP");
  }

  private static SSLContext tls(StoreConfig config) {
    if (config.flag("swift_store_auth_insecure", false)) {
      System.getLogger(SwiftSettings.class.getName())
          .log(
              System.Logger.Level.WARNING,
              "{0}: whoever stands between here and Swift can read and change images",
              config.ini().where(config.section(), "swift_store_auth_insecure"));
      return Tls.insecure();
    }
    String file = config.text("swift_store_cacert", null);
    try {
      return file == null ? Tls.system() : Tls.of(Path.of(file));
    } catch (IOException e) {
      throw config.ini().wrong(config.section(), "swift_store_cacert", e);
    }
  }

  @Override
  public String toString() {
    return "SwiftSettings[" + config.id() + "]"; // without what opens it
  }
}
