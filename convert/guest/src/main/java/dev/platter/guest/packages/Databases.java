package dev.platter.guest.packages;

import dev.platter.guest.files.Budget;
import dev.platter.guest.files.FileAttributes.Identity;
import dev.platter.guest.files.FileTree;
import dev.platter.guest.files.Node;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Finds the lists of packages below a root directory, and reads them. */
final class Databases {
  /** A place where a list may be. */
  private record Place(PackageManager manager, String directory) {}

  private static final List<Place> PLACES =
      List.of(
          new Place(PackageManager.DPKG, "/var/lib/dpkg"),
          new Place(PackageManager.RPM, "/usr/lib/sysimage/rpm"),
          new Place(PackageManager.RPM, "/var/lib/rpm"),
          new Place(PackageManager.RPM, "/usr/share/rpm"), // of ostree
          new Place(PackageManager.APK, "/lib/apk/db"),
          new Place(PackageManager.APK, "/usr/lib/apk/db"),
          new Place(PackageManager.PACMAN, "/var/lib/pacman/local"),
          new Place(PackageManager.WINDOWS, WindowsPrograms.DIRECTORY),
          new Place(PackageManager.WINDOWS, WindowsPrograms.OLD_DIRECTORY));

  /** How long "/var" and "/usr" are, which are often file systems of their own. */
  private static final int MOUNT = 4;

  private final FileTree files;
  private final Budget budget;
  private final String architecture;
  private final Set<Identity> met = new HashSet<>();
  private final List<PackageDatabase> found = new ArrayList<>();

  private Databases(FileTree files, Budget budget, String architecture) {
    this.files = files;
    this.budget = budget;
    this.architecture = architecture;
  }

  /**
   * Reads all lists of a system.
   *
   * @param budget of its volume, begun anew for each list
   * @param architecture of the system; empty: not known
   */
  static List<PackageDatabase> inRoot(FileTree root, Budget budget, String architecture)
      throws IOException {
    Databases databases = new Databases(root, budget, architecture);
    for (Place place : PLACES) {
      databases.look(place.manager(), place.directory());
    }
    return databases.found;
  }

  /** The same of a file system that may be what a system has at {@code /var} or {@code /usr}. */
  static List<PackageDatabase> inPart(FileTree part, Budget budget) throws IOException {
    Databases databases = new Databases(part, budget, "");
    for (Place place : PLACES) {
      String directory = place.directory();
      databases.look(place.manager(), directory);
      if (directory.startsWith("/var/") || directory.startsWith("/usr/")) {
        databases.look(place.manager(), directory.substring(MOUNT));
      }
    }
    return databases.found;
  }

  private void look(PackageManager manager, String directory) throws IOException {
    budget.renew();
    Optional<Node> node = files.directory(directory);
    // Many systems have a link where the list was before.
    if (node.isEmpty()
        || !isIn(manager, directory)
        || !met.add(node.get().attributes().identity())) {
      return;
    }
    PackageList packages = new PackageList();
    Optional<String> problem = Optional.empty();
    try {
      read(manager, directory, packages);
    } catch (IOException e) {
      problem = Optional.of(e.getMessage());
    }
    found.add(new PackageDatabase(manager, directory, packages.sorted(), problem));
  }

  private boolean isIn(PackageManager manager, String directory) throws IOException {
    return switch (manager) {
      case DPKG -> DpkgStatus.isIn(files, directory);
      case RPM -> RpmPackages.isIn(files, directory);
      case APK -> ApkDatabase.isIn(files, directory);
      case PACMAN -> true; // the directory is the list
      case WINDOWS -> WindowsPrograms.isIn(files, directory);
    };
  }

  private void read(PackageManager manager, String directory, PackageList packages)
      throws IOException {
    switch (manager) {
      case DPKG -> DpkgStatus.read(files, directory, packages);
      case RPM -> RpmPackages.read(files, directory, packages);
      case APK -> ApkDatabase.read(files, directory, packages);
      case PACMAN -> PacmanDatabase.read(files, directory, packages);
      case WINDOWS -> WindowsPrograms.read(files, directory, architecture, packages);
    }
  }
}
