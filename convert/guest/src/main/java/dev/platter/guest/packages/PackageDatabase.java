package dev.platter.guest.packages;

import java.util.List;
import java.util.Optional;

/**
 * A list of packages that a package manager keeps, and what it holds.
 *
 * @param path where it lies in its file system
 * @param packages by name
 * @param problem why this may not be all of it; empty: it is
 */
public record PackageDatabase(
    PackageManager manager,
    String path,
    List<InstalledPackage> packages,
    Optional<String> problem) {
  public PackageDatabase {
    packages = List.copyOf(packages);
  }
}
