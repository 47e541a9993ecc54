package dev.platter.server.config;

import dev.platter.service.ImportPlugin;
import dev.platter.service.ImportSettings;
import dev.platter.service.Pace;
import dev.platter.service.download.AddressFilter;
import dev.platter.service.download.HttpGate;
import dev.platter.service.download.UriFilter;
import dev.platter.service.plugin.ImportPlugins;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** The settings of imports, in the service library's terms. */
public final class ImportConfig {
  private static final String LIMITS = "import_limits";
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
        .withPace(pace())
        .withConversionWorkers(
            (int)
                ini.number(
                    "taskflow_executor", "conversion_workers", defaults.conversionWorkers()));
  }

  private Pace pace() {
    IniFile ini = config.ini();
    Pace usual = Pace.DEFAULT;
    return new Pace(
        ini.number(LIMITS, "least_rate", usual.leastRate()),
        Duration.ofSeconds(ini.number(LIMITS, "least_rate_window", usual.window().toSeconds())),
        Duration.ofSeconds(ini.number(LIMITS, "longest_time", usual.longest().toSeconds())));
  }

  /** How many imports of one project run at once: not all, unless there is only one. */
  public int atOncePerProject() {
    long otherwise = Math.max(1, atOnce() - Math.max(1, atOnce() / 4));
    return (int) config.ini().number(LIMITS, "per_project", otherwise);
  }

  /** How many imports of one project wait. */
  public int mostWaiting() {
    return (int) config.ini().number(LIMITS, "waiting_per_project", 1000);
  }

  /** How many imports run at once. */
  public int atOnce() {
    return (int)
        config
            .ini()
            .number("taskflow_executor", "max_workers", ImportSettings.DEFAULT.concurrentImports());
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

  /** Lets requests to the web through that users cause. */
  public HttpGate gate() {
    AddressFilter addresses = AddressFilter.PUBLIC;
    for (String network : config.ini().list(FILTER, "allowed_networks", List.of())) {
      addresses = addresses.allowing(network);
    }
    int timeout = (int) config.ini().number(FILTER, "timeout", 60);
    return new HttpGate(filter(), addresses, timeout);
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
