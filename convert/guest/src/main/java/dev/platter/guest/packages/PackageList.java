package dev.platter.guest.packages;

import dev.platter.image.CorruptImageException;
import dev.platter.image.Fault;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Packages as they are found, no more than fit. */
final class PackageList {
  /** Debian has 65,000. */
  private static final int MAX_PACKAGES = 100_000;

  private static final int MAX_CHARACTERS = 16 << 20;

  private final Map<Object, InstalledPackage> packages = new LinkedHashMap<>();
  private int characters;

  /** Another package. */
  void add(InstalledPackage found) throws CorruptImageException {
    put(packages.size(), found);
  }

  /** A package in the place of what was put there with the same key. */
  void put(Object key, InstalledPackage found) throws CorruptImageException {
    characters += found.length();
    if (packages.size() >= MAX_PACKAGES || characters > MAX_CHARACTERS) {
      throw Fault.on(found.manager().label())
          .corrupt(
              "more than "
                  + MAX_PACKAGES
                  + " packages, or "
                  + MAX_CHARACTERS
                  + " characters said of them");
    }
    packages.put(key, found);
  }

  /** Takes back what was put with that key. */
  void remove(Object key) {
    packages.remove(key);
  }

  /** By name. */
  List<InstalledPackage> sorted() {
    return packages.values().stream().sorted().toList();
  }
}
