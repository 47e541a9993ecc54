package dev.platter.image;

import dev.platter.storage.FileNames;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Set;

/** Turns the names that images carry into paths; the work behind {@link ReferencePolicy}. */
final class References {
  private References() {}

  static Path resolve(Reference reference, Path directory) throws ImageException {
    String name = reference.name();
    String path = name;
    if (name.startsWith("file:")) {
      path = name.substring("file:".length()); // no URL: taken as it stands, as by QEMU
    } else {
      String protocol = protocolOf(name);
      if (protocol != null) {
        throw new UnsupportedFeatureException(
            reference.from()
                + ": "
                + reference.kind()
                + " '"
                + name
                + "': Unknown protocol '"
                + protocol
                + "'");
      }
    }
    try {
      return directory.resolve(FileNames.path(path));
    } catch (InvalidPathException e) {
      throw new CorruptImageException(
          reference.from() + ": " + reference.kind() + " has an impossible name: " + e.getReason(),
          e);
    }
  }

  static Path resolveWithin(Reference reference, Path directory, Path root) throws ImageException {
    Path path = real(reference, resolve(reference, directory));
    if (!path.startsWith(real(reference, root))) {
      throw denied(reference, "it lies outside '" + root + "'");
    }
    return path;
  }

  static Path resolveAmong(Reference reference, Path directory, Set<Path> files)
      throws ImageException {
    Path path = real(reference, resolve(reference, directory));
    for (Path file : files) {
      if (path.equals(real(reference, file))) {
        return path;
      }
    }
    throw denied(reference, "it is not one of the files allowed");
  }

  static ReferenceDeniedException denied(Reference reference, String why) {
    return new ReferenceDeniedException(
        reference.from()
            + ": "
            + reference.kind()
            + " '"
            + reference.name()
            + "' must not be opened: "
            + why);
  }

  /**
   * The protocol of a name such as {@code nbd://host/x} or {@code json:{...}}: what stands before
   * the first colon, if no slash does.
   */
  private static String protocolOf(String name) {
    int colon = name.indexOf(':');
    int slash = name.indexOf('/');
    return colon > 0 && (slash < 0 || colon < slash) ? name.substring(0, colon) : null;
  }

  /**
   * The path with symbolic links followed; for a file that does not exist yet (an outside file
   * about to be created), its directory's.
   */
  private static Path real(Reference reference, Path path) throws ImageException {
    Path absolute = path.toAbsolutePath().normalize();
    try {
      return absolute.toRealPath();
    } catch (IOException missing) {
      Path parent = absolute.getParent();
      try {
        return parent == null ? absolute : parent.toRealPath().resolve(absolute.getFileName());
      } catch (IOException e) {
        throw new ReferenceDeniedException(
            reference.from()
                + ": "
                + reference.kind()
                + " '"
                + reference.name()
                + "' leads nowhere",
            e);
      }
    }
  }
}
