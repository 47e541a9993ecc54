package dev.platter.service.store;

import dev.platter.storage.FileOption;
import dev.platter.storage.FileStorage;
import dev.platter.storage.Storage;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Objects;
import java.util.OptionalLong;

/**
 * A directory of files, one for each image, named by its identifier. Files have holes where the
 * image is zero, and are for their owner alone. An image has no name until it is committed;
 * committing it is one step.
 *
 * <p>The directory must be there and never is made: where it is a mount point, a store that was not
 * mounted is noticed. For that to work the bare mount point must not be writable, or must lack the
 * marker file that {@link #requireMarker} asks for.
 */
public final class FileStore implements Store {
  /** Room that is never promised to an image: what file systems need to stay usable, bytes. */
  private static final long RESERVE = 64 << 20;

  private final String id;
  private final String description;
  private final Path directory;
  private final boolean durable;
  private final String marker;

  private FileStore(String id, String description, Path directory, boolean durable, String marker) {
    this.id = Objects.requireNonNull(id);
    this.description = Objects.requireNonNull(description);
    this.directory = directory.toAbsolutePath().normalize();
    this.durable = durable;
    this.marker = marker;
  }

  /**
   * A store whose images are on the medium when they are committed.
   *
   * @param directory where the files are; looked at on each use, so it may be mounted later
   */
  public static FileStore in(String id, String description, Path directory) {
    return new FileStore(id, description, directory, true, null);
  }

  /** The same store, which waits for the medium ({@code fsync}) on each commit, or does not. */
  public FileStore durable(boolean wait) {
    return new FileStore(id, description, directory, wait, marker);
  }

  /**
   * The same store, which is only there while its directory has a file of that name: a mount point
   * that the mounted file system tells from the bare directory.
   */
  public FileStore requireMarker(String fileName) {
    return new FileStore(id, description, directory, durable, Objects.requireNonNull(fileName));
  }

  @Override
  public String id() {
    return id;
  }

  @Override
  public String description() {
    return description;
  }

  @Override
  public boolean sparse() {
    return true;
  }

  @Override
  public OptionalLong freeBytes() throws IOException {
    mustBeThere();
    long usable = directory.toFile().getUsableSpace();
    return OptionalLong.of(Math.max(0, usable - RESERVE));
  }

  @Override
  public boolean holdsImages() throws IOException {
    mustBeThere();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
      for (Path file : files) {
        if (ImageIds.valid(file.getFileName().toString()) && Files.isRegularFile(file)) {
          return true;
        }
      }
    }
    return false;
  }

  @Override
  public StoreWriter begin(String imageId, OptionalLong expectedSize) throws IOException {
    mustBeThere();
    Path path = pathOf(imageId);
    if (Files.exists(path)) {
      throw duplicate(imageId);
    }
    long free = freeBytes().orElseThrow();
    if (expectedSize.orElse(0) > free) {
      throw new StoreException(
          StoreException.Kind.FULL,
          id,
          "image "
              + imageId
              + " has "
              + expectedSize.getAsLong()
              + " bytes, "
              + free
              + " are free");
    }
    try {
      FileStorage file = FileStorage.createUnnamed(directory, path.toString(), FileOption.PRIVATE);
      return new Writer(imageId, path, file);
    } catch (IOException e) {
      throw new StoreException(
          StoreException.Kind.UNAVAILABLE, id, "no file can be made: " + e.getMessage(), e);
    }
  }

  @Override
  public Storage open(String location) throws IOException {
    Path path = pathAt(location);
    if (!Files.isRegularFile(path)) {
      throw new StoreException(StoreException.Kind.NOT_FOUND, id, "there is no " + location);
    }
    return FileStorage.openForReading(path);
  }

  @Override
  public boolean exists(String location) throws IOException {
    mustBeThere();
    return Files.isRegularFile(pathAt(location));
  }

  @Override
  public boolean delete(String location) throws IOException {
    mustBeThere();
    return Files.deleteIfExists(pathAt(location));
  }

  private void mustBeThere() throws StoreException {
    boolean there =
        Files.isDirectory(directory) && (marker == null || Files.exists(directory.resolve(marker)));
    if (!there) {
      throw new StoreException(
          StoreException.Kind.UNAVAILABLE,
          id,
          "the directory "
              + directory
              + (Files.isDirectory(directory) ? " has no '" + marker + "'" : " is not there")
              + "; is it mounted?");
    }
  }

  private Path pathOf(String imageId) {
    return directory.resolve(ImageIds.checked(imageId));
  }

  /** The file of a location, which must be one that this store gave. */
  private Path pathAt(String location) throws StoreException {
    try {
      Path path = Path.of(URI.create(location));
      if (directory.equals(path.getParent()) && ImageIds.valid(path.getFileName().toString())) {
        return path;
      }
    } catch (RuntimeException notOurs) {
      throw new StoreException(
          StoreException.Kind.NOT_FOUND, id, "no location of this store: " + location, notOurs);
    }
    throw new StoreException(
        StoreException.Kind.NOT_FOUND, id, "no location of this store: " + location);
  }

  /** A file's name is on the medium only once its directory is. */
  private void syncDirectory() throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  private StoreException duplicate(String imageId) {
    return new StoreException(
        StoreException.Kind.DUPLICATE, id, "image " + imageId + " is there already");
  }

  private final class Writer implements StoreWriter {
    private final String imageId;
    private final Path path;
    private final FileStorage file;

    Writer(String imageId, Path path, FileStorage file) {
      this.imageId = imageId;
      this.path = path;
      this.file = file;
    }

    @Override
    public WritableStorage storage() {
      return file;
    }

    @Override
    public StoredImage commit() throws IOException {
      mustBeThere();
      if (durable) {
        file.sync();
      }
      try {
        file.linkToNew(path);
      } catch (FileAlreadyExistsException e) {
        throw duplicate(imageId);
      } catch (NoSuchFileException e) {
        throw new StoreException(
            StoreException.Kind.UNAVAILABLE, id, directory + " vanished while the image came", e);
      }
      if (durable) {
        syncDirectory();
      }
      return new StoredImage(path.toUri().toString(), file.size());
    }

    @Override
    public void close() throws IOException {
      file.close();
    }
  }
}
