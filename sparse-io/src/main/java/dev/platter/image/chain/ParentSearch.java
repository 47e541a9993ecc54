package dev.platter.image.chain;

import dev.platter.image.DiskImage;
import dev.platter.image.Fault;
import dev.platter.image.ImageException;
import dev.platter.image.ParentReference;
import dev.platter.image.Reference;
import dev.platter.image.spi.ImageFormat;
import dev.platter.image.spi.OpenRequest;
import dev.platter.storage.FileNames;
import dev.platter.storage.Location;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Looks for the parent of an image that knows it by an identifier alone: among the files beside the
 * image that the policy allows, the one that the image takes for its parent.
 */
final class ParentSearch {
  private static final int MAX_FILES = 4096;

  /** Where VirtualBox keeps the images above a base, which itself is one directory up. */
  private static final Path SNAPSHOTS = Path.of("Snapshots");

  private final ImageChain.Layer child;
  private final ParentReference parent;
  private final ImageChain.Options options;
  private final List<ImageException> rejected = new ArrayList<>();
  private ImageException denied;

  private ParentSearch(ImageChain.Layer child, ParentReference parent, ImageChain.Options options) {
    this.child = child;
    this.parent = parent;
    this.options = options;
  }

  /**
   * Where the parent lies.
   *
   * @throws ImageException if it is not there
   */
  static Location find(ImageChain.Layer child, ParentReference parent, ImageChain.Options options)
      throws IOException {
    return new ParentSearch(child, parent, options).find();
  }

  private Location find() throws IOException {
    if (child.location().path().isEmpty()) {
      throw Fault.on(child.location().toString())
          .unsupported(
              "the image stores no name of its parent, which can only be looked for beside a"
                  + " file");
    }
    Path directory = Location.directoryOf(file());
    Path usual = resolve(parent.name());
    if (usual != null && Files.exists(usual)) {
      return Location.of(usual);
    }
    Path found = findIn(directory, "");
    if (found == null && directory.toAbsolutePath().normalize().endsWith(SNAPSHOTS)) {
      found = findIn(directory.resolve(".."), "../");
    }
    if (found != null) {
      return Location.of(found);
    }
    if (rejected.size() == 1) {
      throw rejected.getFirst(); // It says why the one image that there is will not do.
    }
    if (denied != null) {
      throw denied;
    }
    throw Fault.on(child.location().toString())
        .unsupported(
            "no image beside it is its parent '"
                + parent.name()
                + "', without which it cannot be read");
  }

  private Path findIn(Path directory, String prefix) throws IOException {
    List<Path> files = new ArrayList<>();
    Path listed = directory.toString().isEmpty() ? Path.of(".") : directory;
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(listed, Files::isRegularFile)) {
      for (Path file : entries) {
        if (files.size() == MAX_FILES) {
          break;
        }
        files.add(file.getFileName());
      }
    }
    files.sort(null);
    for (Path file : files) {
      Path path = resolve(prefix + FileNames.text(file));
      if (path != null && !Files.isSameFile(path, file()) && isParent(path)) {
        return path;
      }
    }
    return null;
  }

  private Path file() {
    return child.location().file();
  }

  /** Null if the policy does not allow it. */
  private Path resolve(String name) {
    try {
      return options
          .policy()
          .resolve(
              new Reference(Reference.Kind.PARENT, name, child.location().toString()),
              child.location())
          .path()
          .orElse(null);
    } catch (ImageException e) {
      denied = denied == null ? e : denied;
      return null;
    }
  }

  private boolean isParent(Path path) throws IOException {
    ImageFormat format = options.formats().named(parent.format().orElseThrow()).orElseThrow();
    try (Storage storage = options.opener().open(Location.of(path))) {
      MemorySegment head = MemorySegment.ofArray(new byte[ImageFormat.HEAD_BYTES]);
      if (format.probe(storage, head.asSlice(0, storage.read(0, head)).asReadOnly())
          == ImageFormat.NO_MATCH) {
        return false;
      }
      OpenRequest request = new OpenRequest(options.limits(), OpenRequest.strict().outside());
      try (DiskImage image = format.open(storage, request)) {
        child.image().checkParent(image);
        return true;
      }
    } catch (ImageException e) {
      rejected.add(e);
      return false;
    } catch (IOException e) {
      return false; // A file that cannot be read is not the parent.
    }
  }
}
