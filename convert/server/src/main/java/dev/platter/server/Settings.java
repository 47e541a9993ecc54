package dev.platter.server;

import dev.platter.server.config.CacheSettings;
import dev.platter.server.config.DatabaseSettings;
import dev.platter.server.config.Flavor;
import dev.platter.server.config.HealthSettings;
import dev.platter.server.config.HttpSettings;
import dev.platter.server.config.IdentitySettings;
import dev.platter.server.config.ImageSettings;
import dev.platter.server.config.ImportOptions;
import dev.platter.server.config.IniFile;
import dev.platter.server.config.NodeSettings;
import dev.platter.server.config.Problems;
import dev.platter.server.config.ProtectingSettings;
import dev.platter.server.config.QuotaSettings;
import dev.platter.server.config.RuleSettings;
import dev.platter.server.config.StoreList;
import dev.platter.server.store.StoreSettings;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * All that the service's settings say, read and checked. Their names are those of Glance where
 * Glance has them; without any file all have values that work. Reading them opens neither stores
 * nor databases, and asks nobody over the network; files that settings name are read.
 *
 * @param unused settings that are there and mean nothing, each with its place
 */
public record Settings(
    NodeSettings node,
    HttpSettings http,
    DatabaseSettings database,
    IdentitySettings identity,
    RuleSettings rules,
    ImageSettings images,
    ImportOptions imports,
    StoreSettings stores,
    CacheSettings cache,
    QuotaSettings quotas,
    HealthSettings health,
    List<String> unused) {

  /**
   * @param data the directory for all that has no place of its own in the settings
   * @throws dev.platter.server.config.SettingsException if anything is wrong: says all that is
   */
  public static Settings read(IniFile ini, Path data) {
    Problems problems = new Problems(ini);
    boolean several = StoreList.several(ini);
    NodeSettings node = problems.read(() -> NodeSettings.read(ini, data));
    HttpSettings http = problems.read(() -> HttpSettings.read(ini));
    DatabaseSettings database = problems.read(() -> DatabaseSettings.read(ini, data));
    CacheSettings cache = problems.read(() -> CacheSettings.read(ini));
    Flavor flavor = problems.read(() -> flavor(ini));
    IdentitySettings identity =
        flavor == null ? null : problems.read(() -> IdentitySettings.read(ini, flavor.identity()));
    RuleSettings rules = problems.read(() -> RuleSettings.read(ini));
    ImageSettings images = problems.read(() -> ImageSettings.read(ini, several));
    ImportOptions imports =
        flavor == null || images == null
            ? null
            : problems.read(() -> ImportOptions.read(ini, images, flavor, several));
    StoreList list = problems.read(() -> StoreList.read(ini, data));
    StoreSettings stores = list == null ? null : StoreSettings.read(list, problems);
    QuotaSettings quotas = problems.read(() -> QuotaSettings.read(ini));
    HealthSettings health = problems.read(() -> HealthSettings.read(ini));
    if (problems.none()) {
      problems.read(() -> checkDirectories(ini, node, list, cache));
      problems.read(() -> checkRole(ini, node, database));
    }
    // What is wrong keeps others from being asked for, which may be right.
    List<String> unused =
        problems.none() ? problems.read(() -> ProtectingSettings.check(ini)) : List.of();
    problems.raise();
    return new Settings(
        node, http, database, identity, rules, images, imports, stores, cache, quotas, health,
        unused);
  }

  private static Flavor flavor(IniFile ini) {
    Flavor flavor = Flavor.read(ini);
    if (flavor.caching() && ini.text("DEFAULT", "image_cache_dir").isEmpty()) {
      throw ini.wrong(
          "paste_deploy", "flavor", "a cache needs a directory: [DEFAULT] image_cache_dir");
    }
    return flavor;
  }

  /** A file that belongs to one process is nothing for several. */
  private static Boolean checkRole(IniFile ini, NodeSettings node, DatabaseSettings database) {
    if (database.embedded() && node.sharing().role() != NodeSettings.Role.ALL) {
      throw ini.wrong(
          NodeSettings.SECTION,
          "role",
          "an embedded database has one process, which does everything: [database] connection ="
              + " postgresql://HOST/NAME is expected");
    }
    return true;
  }

  /** One directory cannot serve two purposes. */
  private static Boolean checkDirectories(
      IniFile ini, NodeSettings node, StoreList stores, CacheSettings cache) {
    Set<Path> seen = new HashSet<>();
    for (Path directory : directories(node, stores.directories(), cache)) {
      if (!seen.add(directory.toAbsolutePath().normalize())) {
        throw new IllegalArgumentException(
            ini.name()
                + directory
                + ": stores, staging area, cache and database each need a directory");
      }
    }
    return true;
  }

  private static List<Path> directories(NodeSettings node, List<Path> stores, CacheSettings cache) {
    List<Path> directories = new ArrayList<>(List.of(node.staging(), node.data()));
    directories.addAll(stores);
    cache.directory().ifPresent(directories::add);
    return directories;
  }

  /** All directories that the service keeps its files in. */
  public List<Path> directories() {
    return directories(node, stores.list().directories(), cache);
  }
}
