package dev.platter.guest.packages;

import dev.platter.guest.files.FileTree;
import dev.platter.guest.files.Node;
import dev.platter.guest.packages.InstalledPackage.Origin;
import dev.platter.guest.packages.rpm.RpmDatabase;
import dev.platter.guest.packages.rpm.RpmHeader;
import dev.platter.image.Fault;
import java.io.IOException;
import java.util.Optional;

/** RPM's list, of whichever kind it is. */
final class RpmPackages {
  private RpmPackages() {}

  /** Whether RPM's list is in that directory. */
  static boolean isIn(FileTree files, String directory) throws IOException {
    Optional<Node> node = files.directory(directory);
    return node.isPresent() && RpmDatabase.find(node.get()).isPresent();
  }

  static void read(FileTree files, String directory, PackageList found) throws IOException {
    RpmDatabase database = RpmDatabase.find(files.directory(directory).orElseThrow()).orElseThrow();
    database.read(header -> found.add(describe(header)));
    if (!database.others().isEmpty()) {
      throw Fault.on(directory)
          .unsupported(
              "beside "
                  + database.kind().file()
                  + ", which was read, there is "
                  + String.join(", ", database.others()));
    }
  }

  private static InstalledPackage describe(RpmHeader header) {
    return new InstalledPackage(
        PackageManager.RPM,
        header.name(),
        header.version(),
        header.architecture(),
        new Origin(header.sourcePackage(), header.vendor(), header.license()));
  }
}
