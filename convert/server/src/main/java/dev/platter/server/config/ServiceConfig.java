package dev.platter.server.config;

import dev.platter.server.db.Database;
import dev.platter.server.identity.Identity;
import dev.platter.server.image.ImageLimits;
import dev.platter.server.image.MetadataLimits;
import dev.platter.server.live.Live;
import dev.platter.server.policy.Policy;
import dev.platter.server.policy.PolicyFiles;
import dev.platter.server.policy.PolicyMode;
import dev.platter.server.policy.PropertyProtections;
import dev.platter.server.policy.Rules;
import dev.platter.server.tls.ServerTls;
import dev.platter.service.HashAlgorithm;
import dev.platter.service.Pace;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * The settings of the service. Their names are those of Glance where Glance has them; without any
 * file all have values that work.
 */
public final class ServiceConfig {
  private static final String MAIN = "DEFAULT";
  private static final String POLICY = "oslo_policy";
  private static final List<String> DISK_FORMATS =
      List.of("ami", "ari", "aki", "vhd", "vhdx", "vmdk", "raw", "qcow2", "vdi", "iso", "ploop");
  private static final List<String> CONTAINER_FORMATS =
      List.of("ami", "ari", "aki", "bare", "ovf", "ova", "docker", "compressed");

  /** Below zero, a quota is none. */
  private static final int ANY = Integer.MIN_VALUE;

  private final IniFile ini;
  private final Path data;

  /**
   * @param data the directory for all that has no place of its own in the settings
   */
  public ServiceConfig(IniFile ini, Path data) {
    this.ini = ini;
    this.data = data;
    refuseOtherWays();
  }

  /** What was set, for parts that have settings of their own. */
  public IniFile ini() {
    return ini;
  }

  public String host() {
    return ini.text(MAIN, "bind_host", "127.0.0.1");
  }

  public int port() {
    int port = ini.count(MAIN, "bind_port", 9292, 0);
    if (port > 65_535) {
      throw ini.wrong(MAIN, "bind_port", port + " is no port");
    }
    return port;
  }

  /** How connections are encrypted; nothing: they are not. */
  public Optional<ServerTls> tls() throws IOException {
    Optional<Path> certificates = ini.file(MAIN, "cert_file");
    Optional<Path> key = ini.file(MAIN, "key_file");
    if (certificates.isPresent() != key.isPresent()) {
      String missing = key.isPresent() ? "cert_file" : "key_file";
      throw ini.wrong(MAIN, missing, "is missing: a certificate and its key go together");
    }
    return certificates.isPresent()
        ? Optional.of(new ServerTls(certificates.get(), key.get()))
        : Optional.empty();
  }

  /** Where callers find the service, when that is not where it listens. */
  public Optional<String> publicEndpoint() {
    Optional<String> url = ini.text(MAIN, "public_endpoint");
    if (url.filter(text -> !text.matches("https?://[!-~&&[^\"<>\\\\]]+")).isPresent()) {
      throw ini.wrong(MAIN, "public_endpoint", "http://... or https://... is expected");
    }
    return url;
  }

  /** Where other nodes and callers reach this node. */
  public Optional<String> selfUrl() {
    return ini.text(MAIN, "worker_self_reference_url");
  }

  /**
   * @throws IllegalArgumentException if something is asked for that is never done here
   */
  private void refuseOtherWays() {
    if (ini.flag(MAIN, "delayed_delete", false)) {
      throw ini.wrong(MAIN, "delayed_delete", "deleted images are gone at once; false is expected");
    }
  }

  /** What the deployer says about properties of images: a file beside that of the settings. */
  public Optional<Path> imageSchema() {
    return ini.directory()
        .map(directory -> directory.resolve("schema-image.json"))
        .filter(Files::exists);
  }

  /** Where the service keeps its files. */
  public Path data() {
    return data;
  }

  /** The name of this node among those that share a database. */
  public String node() {
    return ini.text(MAIN, "node_name").orElseGet(ServiceConfig::hostName);
  }

  private static String hostName() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (IOException e) {
      return "localhost";
    }
  }

  /** The JDBC URL of the database, in {@code [database] connection}. */
  public String databaseUrl() {
    String url = ini.text("database", "connection", Database.embedded(data.resolve("database")));
    return url.startsWith("jdbc:") ? url : "jdbc:" + url;
  }

  /** Whether the database is a file of this process alone. */
  public boolean embeddedDatabase() {
    return databaseUrl().startsWith(Database.EMBEDDED);
  }

  public String databaseUser() {
    return ini.text("database", "user", "");
  }

  public String databasePassword() {
    return ini.text("database", "password", "");
  }

  public int databaseConnections() {
    return ini.count("database", "max_pool_size", 10, 1);
  }

  /** How callers are identified. */
  public Flavor flavor() {
    Flavor flavor = Flavor.read(ini);
    if (flavor.caching() && cache().isEmpty()) {
      throw ini.wrong(
          "paste_deploy", "flavor", "a cache needs a directory: [DEFAULT] image_cache_dir");
    }
    return flavor;
  }

  /** What knows who asks. */
  public Identity identity() throws IOException {
    return new IdentityConfig(ini, host()).create(flavor().identity());
  }

  /** Who may do what. */
  public Live.Source<Rules> ruleSource() {
    return new Live.Source<>() {
      @Override
      public Rules read() throws IOException {
        return readRules();
      }

      @Override
      public List<Path> files() {
        return ruleFiles();
      }
    };
  }

  private Rules readRules() throws IOException {
    Policy policy = policy();
    PropertyProtections properties = protections(policy);
    policy.refuseUnused(properties.rules());
    return new Rules(policy, properties);
  }

  /** Those that may make a difference, whether they are there or not. */
  private List<Path> ruleFiles() {
    List<Path> files = new ArrayList<>(ruleDirectories());
    ini.file(POLICY, "policy_file").or(this::usualPolicy).ifPresent(files::add);
    ini.file(MAIN, "property_protection_file").ifPresent(files::add);
    return files;
  }

  private Optional<Path> usualPolicy() {
    return ini.directory().map(directory -> directory.resolve("policy.yaml"));
  }

  private List<Path> ruleDirectories() {
    List<String> named = ini.repeated(POLICY, "policy_dirs");
    if (named.isEmpty()) {
      return ini.directory().map(directory -> directory.resolve("policy.d")).stream().toList();
    }
    return named.stream().map(ini.directory().orElse(Path.of(""))::resolve).toList();
  }

  private PropertyProtections protections(Policy policy) throws IOException {
    String format =
        ini.text(MAIN, "property_protection_rule_format", "roles").toLowerCase(Locale.ROOT);
    if (!Set.of("roles", "policies").contains(format)) {
      throw ini.wrong(MAIN, "property_protection_rule_format", "roles or policies is expected");
    }
    Optional<Path> file = ini.file(MAIN, "property_protection_file");
    return file.isEmpty()
        ? PropertyProtections.NONE
        : PropertyProtections.read(
            file.get(),
            format.equals("roles")
                ? PropertyProtections.Format.ROLES
                : PropertyProtections.Format.POLICIES,
            policy);
  }

  /**
   * The rules: those of {@code [oslo_policy] policy_file} and {@code policy_dirs} replace built-in
   * ones. Without these settings, policy.yaml and policy.d beside the file of settings are meant.
   */
  private Policy policy() throws IOException {
    PolicyFiles files = new PolicyFiles();
    Optional<Path> file =
        ini.file(POLICY, "policy_file").or(() -> usualPolicy().filter(Files::exists));
    if (file.isPresent()) {
      files.add(file.get());
    }
    boolean named = !ini.repeated(POLICY, "policy_dirs").isEmpty();
    for (Path directory : ruleDirectories()) {
      if (named || Files.isDirectory(directory)) {
        files.addDirectory(directory);
      }
    }
    String fallback = ini.text(POLICY, "policy_default_rule", "default");
    if (!fallback.equals("default")) {
      throw ini.wrong(POLICY, "policy_default_rule", "is always default");
    }
    return new Policy(
        files,
        new PolicyMode(
            ini.flag(POLICY, "enforce_scope", true),
            ini.flag(POLICY, "enforce_new_defaults", true)));
  }

  public ImageLimits limits() {
    return new ImageLimits(
        new LinkedHashSet<>(ini.list("image_format", "disk_formats", DISK_FORMATS)),
        new LinkedHashSet<>(ini.list("image_format", "container_formats", CONTAINER_FORMATS)),
        ini.number(MAIN, "image_size_cap", 1L << 40),
        ini.count(MAIN, "image_property_quota", 128, ANY),
        ini.count(MAIN, "image_member_quota", 128, ANY),
        ini.count(MAIN, "image_tag_quota", 128, ANY),
        ini.count(MAIN, "image_location_quota", 10, ANY),
        ini.count(MAIN, "limit_param_default", 25, 1),
        ini.count(MAIN, "api_limit_max", 1000, 1),
        metadataLimits());
  }

  private MetadataLimits metadataLimits() {
    MetadataLimits otherwise = MetadataLimits.DEFAULT;
    return new MetadataLimits(
        ini.number(MAIN, "image_metadata_quota", otherwise.perImage()),
        ini.number(MAIN, "project_metadata_quota", otherwise.perProject()),
        ini.number(MAIN, "list_answer_bytes", otherwise.perPage()));
  }

  /** How many bytes of metadata definitions a namespace may hold. */
  public long metadefQuota() {
    return ini.number(MAIN, "metadef_namespace_quota", 1 << 20);
  }

  public boolean showLocations() {
    return ini.flag(MAIN, "show_multiple_locations", false);
  }

  public boolean showDirectUrl() {
    return ini.flag(MAIN, "show_image_direct_url", false);
  }

  /** How the digest in images' records is made that is not MD5. */
  public HashAlgorithm hashAlgorithm() {
    String name = ini.text(MAIN, "hashing_algorithm", HashAlgorithm.SHA512.apiName());
    return HashAlgorithm.named(name)
        .orElseThrow(() ->
            ini.wrong(MAIN, "hashing_algorithm", name + " is none of " + HashAlgorithm.names()));
  }

  /** How data are taken in that lie somewhere already. */
  public LocationSettings locationImports(Pace pace) {
    return new LocationSettings(
        ini.flag(MAIN, "do_secure_hash", true),
        hashAlgorithm(),
        ini.count(MAIN, "http_retries", 3, 0),
        limits().sizeCap(),
        pace);
  }

  /** The ways to import that are switched on. */
  public List<String> importMethods() {
    List<String> usual = List.of("glance-direct", "web-download", "copy-image");
    List<String> all = List.of("glance-direct", "web-download", "copy-image", "glance-download");
    List<String> methods = ini.list(MAIN, "enabled_import_methods", usual);
    for (String method : methods) {
      if (!all.contains(method)) {
        throw new IllegalArgumentException(
            "[DEFAULT] enabled_import_methods: %s is none of %s"
                .formatted(method, String.join(", ", all)));
      }
    }
    return methods.stream()
        .filter(method -> !method.equals("copy-image") || severalStores())
        .toList();
  }

  /** Whether {@code enabled_backends} is set: then there are stores to choose from. */
  public boolean severalStores() {
    return ini.text(MAIN, "enabled_backends").isPresent();
  }

  /** The stores; without any setting, one in the service's own directory. */
  public List<StoreConfig> stores() {
    if (!severalStores()) {
      Map<String, String> settings = new TreeMap<>(ini.section("glance_store"));
      settings.putIfAbsent("filesystem_store_datadir", data.resolve("images").toString());
      return List.of(new StoreConfig("file", "file", "", settings));
    }
    List<StoreConfig> stores = new ArrayList<>();
    for (String backend : ini.list(MAIN, "enabled_backends", List.of())) {
      String[] nameAndType = backend.split(":", 2);
      if (nameAndType.length < 2) {
        throw new IllegalArgumentException(
            "[DEFAULT] enabled_backends: name:type is expected, not " + backend);
      }
      String id = nameAndType[0].strip();
      stores.add(
          new StoreConfig(
              id, nameAndType[1].strip(), ini.text(id, "store_description", ""), ini.section(id)));
    }
    return stores;
  }

  public String defaultStore() {
    return ini.text("glance_store", "default_backend").orElseGet(() -> stores().getFirst().id());
  }

  /** The directory where uploads wait for their import. */
  public Path staging() {
    return ini.text(MAIN, "node_staging_uri")
        .map(uri -> Path.of(uri.startsWith("file://") ? uri.substring(7) : uri))
        .orElse(data.resolve("staging"));
  }

  /** All directories that the service keeps its files in. */
  public List<Path> directories() {
    List<Path> directories = new ArrayList<>(List.of(staging(), data));
    for (StoreConfig store : stores()) {
      String directory = store.text("filesystem_store_datadir", null);
      if (directory != null) {
        directories.add(Path.of(directory));
      }
    }
    cache().ifPresent(directories::add);
    return directories;
  }

  /**
   * @throws IllegalArgumentException when one directory would have to serve two purposes
   */
  public void checkDirectories() {
    Set<Path> seen = new HashSet<>();
    for (Path directory : directories()) {
      if (!seen.add(directory.toAbsolutePath().normalize())) {
        throw new IllegalArgumentException(
            directory + ": stores, staging area, cache and database each need a directory");
      }
    }
  }

  /** The directory of the cache; nothing when it is switched off. */
  public Optional<Path> cache() {
    return ini.text(MAIN, "image_cache_dir").map(Path::of);
  }

  public long cacheMaxSize() {
    return ini.number(MAIN, "image_cache_max_size", 10L << 30);
  }

  /** After how long an unfinished copy in the cache is taken for forgotten. */
  public Duration cacheStallTime() {
    return Duration.ofSeconds(ini.number(MAIN, "image_cache_stall_time", 86_400));
  }

  public Duration cacheInterval() {
    return Duration.ofSeconds(ini.number(MAIN, "cache_prefetcher_interval", 300));
  }

  /** How long whoever sends a body may send nothing. */
  public Duration clientSilence() {
    return Duration.ofSeconds(ini.number("DEFAULT", "client_socket_timeout", 60));
  }

  /** How long requests that are under way may go on when the service ends. */
  public Duration drain() {
    return Duration.ofSeconds(ini.count(MAIN, "graceful_shutdown_timeout", 60, 0));
  }

  /** How long a finished task is kept. */
  public Duration taskTimeToLive() {
    return Duration.ofHours(ini.number("task", "task_time_to_live", 48));
  }
}
