package dev.platter.server.config;

import dev.platter.sandbox.Bounds;
import dev.platter.sandbox.Sandbox;
import dev.platter.server.barbican.KeyManager;
import dev.platter.server.turn.TurnLimits;
import dev.platter.service.ImportPlugin;
import dev.platter.service.ImportSettings;
import dev.platter.service.Isolation;
import dev.platter.service.Pace;
import dev.platter.service.download.AddressFilter;
import dev.platter.service.download.HttpGate;
import dev.platter.service.download.UriFilter;
import dev.platter.service.plugin.ImportPlugins;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * How images are taken in and sent.
 *
 * @param methods the ways to import that are switched on
 * @param settings of imports, in the service library's terms
 * @param importTurns the turns of imports
 * @param uploadTurns those of uploads, into stores and into the staging area, which wait for their
 *     senders
 * @param downloadTurns those of downloads, which cost less
 * @param patience how long a transfer waits for its turn
 * @param filter which URIs users may name
 * @param addresses which addresses these may lead to
 * @param downloadTimeout how many seconds a web server may be silent
 * @param plugins in the order in which they run
 * @param regions where images may be imported from; nothing: nowhere
 * @param locations how data are taken in where they lie
 */
public record ImportOptions(
    List<String> methods,
    ImportSettings settings,
    TurnLimits importTurns,
    TurnLimits uploadTurns,
    TurnLimits downloadTurns,
    Duration patience,
    UriFilter filter,
    AddressFilter addresses,
    int downloadTimeout,
    List<Plugin> plugins,
    Optional<Regions> regions,
    LocationSettings locations) {
  private static final String MAIN = "DEFAULT";
  private static final String LIMITS = "import_limits";
  private static final String TRANSFERS = "transfer_limits";
  private static final String ISOLATION = "import_isolation";
  private static final String FILTER = "import_filtering_opts";
  private static final String SIGNATURES = "image_signature_verification";

  /**
   * A plugin.
   *
   * @param settings its section, of Glance's name where Glance has one
   * @param keyManager where certificates are that it needs; nothing: in files
   */
  public record Plugin(String name, Map<String, String> settings, Optional<KeyManager> keyManager) {
    ImportPlugin create() {
      return ImportPlugins.create(name, settings, keyManager.map(KeyManager::open));
    }
  }

  /**
   * Image services of other regions.
   *
   * @param login whose catalogue names them
   * @param properties the beginnings of names of properties that are taken over
   */
  public record Regions(KeystoneLogin login, List<String> properties) {}

  /**
   * @param severalStores whether there are stores to choose from
   */
  public static ImportOptions read(
      IniFile ini, ImageSettings images, Flavor flavor, boolean severalStores) {
    List<String> methods = methods(ini, severalStores);
    int atOnce =
        ini.count(
            "taskflow_executor", "max_workers", ImportSettings.DEFAULT.concurrentImports(), 1);
    Pace pace = pace(ini);
    List<Plugin> plugins = plugins(ini);
    return new ImportOptions(
        methods,
        settings(ini, images, pace, atOnce),
        turns(ini, LIMITS, "per_project", atOnce),
        turns(ini, TRANSFERS, "uploads_per_project", many(ini, "uploads", 2 * atOnce)),
        turns(ini, TRANSFERS, "downloads_per_project", many(ini, "downloads", 128)),
        Duration.ofSeconds(ini.count(TRANSFERS, "longest_wait", 240, 0)),
        filter(ini),
        addresses(ini),
        ini.count(FILTER, "timeout", 60, 1),
        plugins,
        regions(ini, methods, flavor),
        new LocationSettings(
            ini.flag(MAIN, "do_secure_hash", true),
            images.hashAlgorithm(),
            ini.count(MAIN, "http_retries", 3, 0),
            images.limits().sizeCap(),
            pace));
  }

  private static List<String> methods(IniFile ini, boolean severalStores) {
    List<String> usual = List.of("glance-direct", "web-download", "copy-image", "convert-image");
    List<String> all =
        List.of("glance-direct", "web-download", "copy-image", "glance-download", "convert-image");
    List<String> methods = ini.list(MAIN, "enabled_import_methods", usual);
    for (String method : methods) {
      if (!all.contains(method)) {
        throw ini.wrong(
            MAIN,
            "enabled_import_methods",
            "%s is none of %s".formatted(method, String.join(", ", all)));
      }
    }
    return methods.stream()
        .filter(method -> !method.equals("copy-image") || severalStores)
        .toList();
  }

  private static ImportSettings settings(IniFile ini, ImageSettings images, Pace pace, int atOnce) {
    ImportSettings defaults = ImportSettings.DEFAULT;
    ImportSettings settings =
        defaults
            .withDiskFormats(images.limits().diskFormats())
            .withContainerFormats(images.limits().containerFormats())
            .withVmdkTypes(
                Set.copyOf(
                    ini.list(
                        "image_format", "vmdk_allowed_types", List.copyOf(defaults.vmdkTypes()))))
            .withRequireFormatMatch(ini.flag("image_format", "require_image_format_match", true))
            .withImageSizeCap(images.limits().sizeCap())
            .withVirtualSizeCap(ini.number(MAIN, "virtual_size_cap", defaults.virtualSizeCap()))
            .withConcurrentImports(atOnce)
            .withHashAlgorithm(images.hashAlgorithm())
            .withPace(pace)
            .withParallelStores(ini.count("image_import_opts", "max_parallel_stores", 1, 1))
            .withConversionWorkers(
                ini.count(
                    "taskflow_executor", "conversion_workers", defaults.conversionWorkers(), 1));
    return isolation(ini).map(settings::withIsolation).orElse(settings);
  }

  /** The processes that look into images; empty: the service itself does. */
  private static Optional<Isolation> isolation(IniFile ini) {
    String mode = ini.text(ISOLATION, "mode", "off");
    Isolation usual = Isolation.STRICT;
    Bounds bounds =
        usual
            .bounds()
            .withProcessorSeconds(
                ini.count(
                    ISOLATION,
                    "processor_seconds",
                    Math.toIntExact(usual.bounds().processorSeconds()),
                    1));
    long memory = ini.number(ISOLATION, "memory", usual.bounds().memory());
    if (memory != 0 && memory < Bounds.LEAST_MEMORY) {
      throw ini.wrong(ISOLATION, "memory", "at least " + Bounds.LEAST_MEMORY + " is expected");
    }
    Duration longest =
        Duration.ofSeconds(
            ini.count(ISOLATION, "longest_time", Math.toIntExact(usual.longest().toSeconds()), 1));
    Sandbox.Level level;
    switch (mode) {
      case "off" -> {
        return Optional.empty();
      }
      case "strict" -> level = Sandbox.Level.STRICT;
      case "best_effort" -> level = Sandbox.Level.BEST_EFFORT;
      default -> throw ini.wrong(ISOLATION, "mode", mode + " is none of off, strict, best_effort");
    }
    List<String> lacking = Sandbox.lacking();
    if (level == Sandbox.Level.STRICT && !lacking.isEmpty()) {
      throw ini.wrong(
          ISOLATION,
          "mode",
          "this system lacks " + String.join(", and ", lacking) + "; best_effort goes without");
    }
    return Optional.of(new Isolation(level, bounds.withMemory(memory), longest));
  }

  private static Pace pace(IniFile ini) {
    Pace usual = Pace.DEFAULT;
    return new Pace(
        ini.number(LIMITS, "least_rate", usual.leastRate()),
        Duration.ofSeconds(ini.number(LIMITS, "least_rate_window", usual.window().toSeconds())),
        Duration.ofSeconds(ini.number(LIMITS, "longest_time", usual.longest().toSeconds())));
  }

  /** No project gets all turns, unless there is only one. */
  private static TurnLimits turns(IniFile ini, String section, String perProject, int count) {
    int most = Math.max(1, count - Math.max(1, count / 4));
    return new TurnLimits(
        count,
        ini.count(section, perProject, most, 1),
        ini.count(section, "waiting_per_project", 1000, 0));
  }

  private static int many(IniFile ini, String key, int otherwise) {
    return ini.count(TRANSFERS, key, otherwise, 1);
  }

  private static UriFilter filter(IniFile ini) {
    UriFilter defaults = UriFilter.DEFAULT;
    return new UriFilter(
        words(ini, "allowed_schemes", defaults.allowedSchemes()),
        words(ini, "disallowed_schemes", Set.of()),
        words(ini, "allowed_hosts", Set.of()),
        words(ini, "disallowed_hosts", Set.of()),
        ports(ini, "allowed_ports", defaults.allowedPorts()),
        ports(ini, "disallowed_ports", Set.of()));
  }

  private static Set<String> words(IniFile ini, String key, Set<String> otherwise) {
    return new HashSet<>(ini.list(FILTER, key, List.copyOf(otherwise)));
  }

  private static Set<Integer> ports(IniFile ini, String key, Set<Integer> otherwise) {
    List<String> texts = ini.list(FILTER, key, otherwise.stream().map(String::valueOf).toList());
    try {
      return texts.stream().map(Integer::valueOf).collect(Collectors.toSet());
    } catch (NumberFormatException e) {
      throw ini.wrong(FILTER, key, texts + " are not all numbers of ports");
    }
  }

  private static AddressFilter addresses(IniFile ini) {
    AddressFilter addresses = AddressFilter.PUBLIC;
    for (String network : ini.list(FILTER, "allowed_networks", List.of())) {
      try {
        addresses = addresses.allowing(network);
      } catch (IllegalArgumentException e) {
        throw ini.wrong(FILTER, "allowed_networks", e.getMessage());
      }
    }
    return addresses;
  }

  private static List<Plugin> plugins(IniFile ini) {
    String section = "image_import_opts";
    String key = "image_import_plugins";
    List<String> names = ini.list(section, key, List.of("no_op"));
    Optional<KeyManager> keyManager =
        names.contains(SIGNATURES) ? KeyManager.read(ini) : Optional.empty();
    List<Plugin> plugins =
        names.stream()
            .map(name -> new Plugin(name, ini.section(sectionOf(name)), keyManager))
            .toList();
    for (Plugin plugin : plugins) {
      try {
        plugin.create();
      } catch (IllegalArgumentException e) {
        throw ini.wrong(section, key, plugin.name() + ": " + e.getMessage());
      }
    }
    return plugins;
  }

  private static String sectionOf(String plugin) {
    return plugin.equals("inject_image_metadata") ? "inject_metadata_properties" : plugin;
  }

  private static Optional<Regions> regions(IniFile ini, List<String> methods, Flavor flavor) {
    List<String> properties =
        ini.list(
            "glance_download_properties",
            "extra_properties",
            List.of("hw_", "trait:", "os_distro", "os_secure_boot", "os_type"));
    if (!methods.contains("glance-download")) {
      return Optional.empty();
    }
    if (flavor.identity() != Flavor.Kind.KEYSTONE) {
      throw ini.wrong(
          MAIN,
          "enabled_import_methods",
          "glance-download finds regions in Keystone's catalogue, and callers have its tokens:"
              + " [paste_deploy] flavor = keystone is expected");
    }
    return Optional.of(
        new Regions(KeystoneLogin.read(ini, IdentitySettings.AUTHTOKEN), properties));
  }

  /** Lets requests to the web through that users cause; the caller closes it. */
  public HttpGate openGate() {
    return new HttpGate(filter, addresses, downloadTimeout);
  }

  /** The plugins, made anew. */
  public List<ImportPlugin> createPlugins() {
    return plugins.stream().map(Plugin::create).toList();
  }
}
