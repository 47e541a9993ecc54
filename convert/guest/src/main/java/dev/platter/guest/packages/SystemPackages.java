package dev.platter.guest.packages;

import dev.platter.guest.OperatingSystem;
import java.util.List;
import java.util.Optional;

/**
 * What is installed in one operating system.
 *
 * @param system empty: it is not known, as of a file system that is only a part of one
 * @param place of its root, as {@link OperatingSystem#place} has it
 * @param databases in no particular order
 */
public record SystemPackages(
    Optional<OperatingSystem> system, String place, List<PackageDatabase> databases) {
  public SystemPackages {
    databases = List.copyOf(databases);
  }

  /** What the system is called, and where it is. */
  public String title() {
    return system.map(OperatingSystem::prettyName).orElse("a part of a system")
        + " ("
        + place
        + ")";
  }

  /** All of them, those of one database by name. */
  public List<InstalledPackage> packages() {
    return databases.stream().flatMap(database -> database.packages().stream()).toList();
  }
}
