package dev.platter.server.config;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Which stores there are.
 *
 * @param all them, in the order of the configuration; without any setting, one in the service's own
 *     directory
 * @param several whether {@code enabled_backends} is set: then there are stores to choose from
 * @param defaultStore the identifier of the one that is meant where none is named
 */
public record StoreList(List<StoreConfig> all, boolean several, String defaultStore) {
  private static final String MAIN = "DEFAULT";
  private static final String BACKENDS = "enabled_backends";

  /** Whether there are stores to choose from. */
  public static boolean several(IniFile ini) {
    return ini.text(MAIN, BACKENDS).isPresent();
  }

  public static StoreList read(IniFile ini, Path data) {
    boolean several = several(ini);
    List<StoreConfig> all =
        several ? named(ini) : List.of(StoreConfig.only(ini, data.resolve("images").toString()));
    if (all.isEmpty()) {
      throw ini.wrong(MAIN, BACKENDS, "names no store");
    }
    String usual = ini.text("glance_store", "default_backend", all.getFirst().id());
    if (all.stream().noneMatch(store -> store.id().equals(usual))) {
      throw ini.wrong("glance_store", "default_backend", usual + " is none of the stores");
    }
    return new StoreList(all, several, usual);
  }

  private static List<StoreConfig> named(IniFile ini) {
    List<StoreConfig> stores = new ArrayList<>();
    Set<String> ids = new HashSet<>();
    for (String backend : ini.list(MAIN, BACKENDS, List.of())) {
      String[] nameAndType = backend.split(":", 2);
      if (nameAndType.length < 2) {
        throw ini.wrong(MAIN, BACKENDS, "name:type is expected, not " + backend);
      }
      String id = nameAndType[0].strip();
      if (!ids.add(id)) {
        throw ini.wrong(MAIN, BACKENDS, id + " is there twice");
      }
      stores.add(StoreConfig.named(ini, id, nameAndType[1].strip()));
    }
    return stores;
  }

  /** The directories of those that are directories. */
  public List<Path> directories() {
    return all.stream()
        .filter(store -> store.type().equals("file"))
        .flatMap(store -> store.directories().stream())
        .map(StoreConfig.Directory::path)
        .toList();
  }
}
