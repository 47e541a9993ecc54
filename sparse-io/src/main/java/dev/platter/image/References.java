package dev.platter.image;

import dev.platter.storage.FileNames;
import dev.platter.storage.Location;
import dev.platter.storage.StorageProviders;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;

/** Turns the names that images carry into paths; the work behind {@link ReferencePolicy}. */
final class References {
  private References() {}

  static Location resolve(Reference reference, Location base) throws ImageException {
    String name = reference.name();
    try {
      if (name.startsWith(ImageName.JSON)) {
        return ImageName.parse(name).location();
      }
      Optional<String> scheme = Location.schemeOf(name);
      if (scheme.isEmpty()) {
        return name.startsWith("/")
            ? Location.of(FileNames.path(name))
            : StorageProviders.of(base.scheme()).beside(base, name);
      }
      if (scheme.get().equals(Location.FILE)) {
        // No URL: taken as it stands, as by QEMU.
        String path = name.substring(Location.FILE.length() + 1);
        return base.path().isPresent()
            ? StorageProviders.of(Location.FILE).beside(base, path)
            : Location.of(FileNames.path(path));
      }
      if (StorageProviders.knows(scheme.get())) {
        return Location.of(scheme.get(), name);
      }
      throw new UnsupportedFeatureException(
          of(reference) + ": Unknown protocol '" + scheme.get() + "'");
    } catch (IllegalOptionException e) {
      throw new CorruptImageException(of(reference) + ": " + e.getMessage(), e);
    } catch (InvalidPathException e) {
      throw new CorruptImageException(
          reference.from() + ": " + reference.kind() + " has an impossible name: " + e.getReason(),
          e);
    } catch (ImageException e) {
      throw e;
    } catch (IOException e) {
      throw new UnsupportedFeatureException(of(reference) + ": " + e.getMessage(), e);
    }
  }

  private static String of(Reference reference) {
    return reference.from() + ": " + reference.kind() + " '" + reference.name() + "'";
  }

  static Location resolveWithin(Reference reference, Location base, Path root)
      throws ImageException {
    Path path = real(reference, file(reference, base));
    if (!path.startsWith(real(reference, root))) {
      throw denied(reference, "it lies outside '" + root + "'");
    }
    return Location.of(path);
  }

  static Location resolveAmong(Reference reference, Location base, Set<Path> files)
      throws ImageException {
    Path path = real(reference, file(reference, base));
    for (Path file : files) {
      if (path.equals(real(reference, file))) {
        return Location.of(path);
      }
    }
    throw denied(reference, "it is not one of the files allowed");
  }

  private static Path file(Reference reference, Location base) throws ImageException {
    return resolve(reference, base)
        .path()
        .orElseThrow(() -> denied(reference, "only files are allowed"));
  }

  static ReferenceDeniedException denied(Reference reference, String why) {
    return new ReferenceDeniedException(of(reference) + " must not be opened: " + why);
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
        throw new ReferenceDeniedException(of(reference) + " leads nowhere", e);
      }
    }
  }
}
