package dev.platter.server.config;

import dev.platter.server.imports.OtherRegions;
import dev.platter.server.turn.TurnLimits;
import dev.platter.service.ImportPlugin;
import dev.platter.service.ImportSettings;
import dev.platter.service.Pace;
import dev.platter.service.download.AddressFilter;
import dev.platter.service.download.HttpGate;
import dev.platter.service.download.UriFilter;
import dev.platter.service.plugin.ImportPlugins;
import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** The settings of imports, in the service library's terms. */
public final class ImportConfig {
  private static final String LIMITS = "import_limits";
  private static final String TRANSFERS = "transfer_limits";
  private static final String FILTER = "import_filtering_opts";

  private final ServiceConfig config;

  public ImportConfig(ServiceConfig config) {
    this.config = config;
  }

  public ImportSettings settings() {
    IniFile ini = config.ini();
    ImportSettings defaults = ImportSettings.DEFAULT;
    return defaults
        .withDiskFormats(config.limits().diskFormats())
        .withContainerFormats(config.limits().containerFormats())
        .withVmdkTypes(
            Set.copyOf(
                ini.list("image_format", "vmdk_allowed_types", List.copyOf(defaults.vmdkTypes()))))
        .withRequireFormatMatch(ini.flag("image_format", "require_image_format_match", true))
        .withImageSizeCap(config.limits().sizeCap())
        .withVirtualSizeCap(ini.number("DEFAULT", "virtual_size_cap", defaults.virtualSizeCap()))
        .withConcurrentImports(atOnce())
        .withHashAlgorithm(config.hashAlgorithm())
        .withPace(pace())
        .withParallelStores(ini.count("image_import_opts", "max_parallel_stores", 1, 1))
        .withConversionWorkers(
            ini.count("taskflow_executor", "conversion_workers", defaults.conversionWorkers(), 1));
  }

  private Pace pace() {
    IniFile ini = config.ini();
    Pace usual = Pace.DEFAULT;
    return new Pace(
        ini.number(LIMITS, "least_rate", usual.leastRate()),
        Duration.ofSeconds(ini.number(LIMITS, "least_rate_window", usual.window().toSeconds())),
        Duration.ofSeconds(ini.number(LIMITS, "longest_time", usual.longest().toSeconds())));
  }

  /** The turns of imports: no project gets all of them, unless there is only one. */
  public TurnLimits importTurns() {
    return new TurnLimits(
        atOnce(), number(LIMITS, "per_project", mostOf(atOnce())), waiting(LIMITS));
  }

  /** Those of uploads, into stores and into the staging area, which wait for their senders. */
  public TurnLimits uploadTurns() {
    int count = number(TRANSFERS, "uploads", 2 * atOnce());
    return new TurnLimits(
        count, number(TRANSFERS, "uploads_per_project", mostOf(count)), waiting(TRANSFERS));
  }

  /** Those of downloads, which cost less. */
  public TurnLimits downloadTurns() {
    int count = number(TRANSFERS, "downloads", 128);
    return new TurnLimits(
        count, number(TRANSFERS, "downloads_per_project", mostOf(count)), waiting(TRANSFERS));
  }

  /** How long a transfer waits for its turn. */
  public Duration patience() {
    return Duration.ofSeconds(config.ini().count(TRANSFERS, "longest_wait", 240, 0));
  }

  private static int mostOf(int count) {
    return Math.max(1, count - Math.max(1, count / 4));
  }

  private int waiting(String section) {
    return config.ini().count(section, "waiting_per_project", 1000, 0);
  }

  private int number(String section, String key, int otherwise) {
    return config.ini().count(section, key, otherwise, 1);
  }

  /** How many imports run at once. */
  private int atOnce() {
    return config
        .ini()
        .count("taskflow_executor", "max_workers", ImportSettings.DEFAULT.concurrentImports(), 1);
  }

  public UriFilter filter() {
    UriFilter defaults = UriFilter.DEFAULT;
    return new UriFilter(
        words("allowed_schemes", defaults.allowedSchemes()),
        words("disallowed_schemes", Set.of()),
        words("allowed_hosts", Set.of()),
        words("disallowed_hosts", Set.of()),
        ports("allowed_ports", defaults.allowedPorts()),
        ports("disallowed_ports", Set.of()));
  }

  private Set<String> words(String key, Set<String> otherwise) {
    return new HashSet<>(config.ini().list(FILTER, key, List.copyOf(otherwise)));
  }

  private Set<Integer> ports(String key, Set<Integer> otherwise) {
    List<String> texts =
        config.ini().list(FILTER, key, otherwise.stream().map(String::valueOf).toList());
    try {
      return texts.stream().map(Integer::valueOf).collect(Collectors.toSet());
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "[%s] %s: %s are not all numbers of ports".formatted(FILTER, key, texts), e);
    }
  }

  /** Image services of other regions, where images may be imported from them. */
  public Optional<OtherRegions> regions() throws IOException {
    List<String> prefixes =
        config
            .ini()
            .list(
                "glance_download_properties",
                "extra_properties",
                List.of("hw_", "trait:", "os_distro", "os_secure_boot", "os_type"));
    if (!config.importMethods().contains("glance-download")) {
      return Optional.empty();
    }
    if (config.flavor().identity() != Flavor.Kind.KEYSTONE) {
      throw config
          .ini()
          .wrong(
              "DEFAULT",
              "enabled_import_methods",
              "glance-download finds regions in Keystone's catalogue, and callers have its tokens:"
                  + " [paste_deploy] flavor = keystone is expected");
    }
    KeystoneConfig keystone = new KeystoneConfig(config.ini(), "keystone_authtoken");
    return Optional.of(
        new OtherRegions(
            keystone.session(), prefixes, keystone.tls(), Duration.ofSeconds(downloadTimeout())));
  }

  /** How many seconds a web server may be silent. */
  private int downloadTimeout() {
    return config.ini().count(FILTER, "timeout", 60, 1);
  }

  /** Lets requests to the web through that users cause. */
  public HttpGate gate() {
    AddressFilter addresses = AddressFilter.PUBLIC;
    for (String network : config.ini().list(FILTER, "allowed_networks", List.of())) {
      addresses = addresses.allowing(network);
    }
    return new HttpGate(filter(), addresses, downloadTimeout());
  }

  /**
   * The plugins, in the order in which they run. Each has a section of settings, of Glance's name
   * where Glance has one.
   */
  public List<ImportPlugin> createPlugins() {
    return plugins().stream()
        .map(name -> ImportPlugins.create(name, config.ini().section(sectionOf(name))))
        .toList();
  }

  private static String sectionOf(String plugin) {
    return plugin.equals("inject_image_metadata") ? "inject_metadata_properties" : plugin;
  }

  /** The names of the plugins, in the order in which they run. */
  public List<String> plugins() {
    return config.ini().list("image_import_opts", "image_import_plugins", List.of("no_op"));
  }
}
