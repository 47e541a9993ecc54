package dev.platter.image.name;

import dev.platter.image.Fault;
import dev.platter.image.IllegalOptionException;
import dev.platter.image.ImageException;
import dev.platter.image.Reference;
import dev.platter.image.spi.ReferencePolicy;
import dev.platter.storage.FileNames;
import dev.platter.storage.Location;
import dev.platter.storage.StorageProviders;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;

/** Where the names lead that images carry, and the policies that say so. */
public final class References {
  private References() {}

  /** Only files that, symbolic links followed, lie below {@code root}. */
  public static ReferencePolicy within(Path root) {
    return (reference, base) -> resolveWithin(reference, base, root);
  }

  /** Only these files, symbolic links followed. */
  public static ReferencePolicy explicit(Set<Path> files) {
    Set<Path> copy = Set.copyOf(files);
    return (reference, base) -> resolveAmong(reference, base, copy);
  }

  /** Whatever the image names: what qemu-img does. */
  public static ReferencePolicy allow() {
    return References::resolve;
  }

  private static Location resolve(Reference reference, Location base) throws ImageException {
    String name = reference.name();
    try {
      if (name.startsWith(ImageName.JSON)) {
        return ImageName.parse(name).location();
      }
      Optional<String> scheme = Location.schemeOf(name);
      if (scheme.isEmpty()) {
        return name.startsWith("/")
            ? Location.of(FileNames.path(name))
            : beside(ImageName.fileBelow(base), name);
      }
      if (scheme.get().equals(Location.FILE)) {
        // No URL: taken as it stands, as by QEMU.
        String path = name.substring(Location.FILE.length() + 1);
        Location file = ImageName.fileBelow(base);
        return file.path().isPresent() ? beside(file, path) : Location.of(FileNames.path(path));
      }
      if (Drivers.givesBytes(scheme.get())) {
        return ImageName.location(name);
      }
      throw Fault.on(reference.described()).unsupported("Unknown protocol '" + scheme.get() + "'");
    } catch (IllegalOptionException e) {
      throw reference.fault().corrupt(reference.words() + ": " + e.getMessage(), e);
    } catch (InvalidPathException e) {
      throw Fault.on(reference.from())
          .corrupt(reference.kind() + " has an impossible name: " + e.getReason(), e);
    } catch (ImageException e) {
      throw e;
    } catch (IOException e) {
      throw reference.fault().unsupported(reference.words() + ": " + e.getMessage(), e);
    }
  }

  private static Location beside(Location base, String name) throws IOException {
    return StorageProviders.of(base.scheme()).beside(base, name);
  }

  private static Location resolveWithin(Reference reference, Location base, Path root)
      throws ImageException {
    Path path = real(reference, file(reference, base));
    if (!path.startsWith(real(reference, root))) {
      throw reference.denied("it lies outside '" + root + "'");
    }
    return Location.of(path);
  }

  private static Location resolveAmong(Reference reference, Location base, Set<Path> files)
      throws ImageException {
    Path path = real(reference, file(reference, base));
    for (Path file : files) {
      if (path.equals(real(reference, file))) {
        return Location.of(path);
      }
    }
    throw reference.denied("it is not one of the files allowed");
  }

  private static Path file(Reference reference, Location base) throws ImageException {
    return resolve(reference, base)
        .path()
        .orElseThrow(() -> reference.denied("only files are allowed"));
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
        throw reference.fault().denied(reference.words() + " leads nowhere", e);
      }
    }
  }
}
