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
import java.nio.file.attribute.PosixFilePermission;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * A directory of files, one for each image, named by its identifier. Files have holes where the
 * image is zero, and are for their owner alone. An image has no name until it is committed;
 * committing it is one step.
 *
 * <p>The directory must be there and never is made: where it is a mount point, or lies below one, a
 * store that was not mounted is noticed, and nothing is written to it. For that to work the bare
 * mount point must not be writable, or must lack the marker file that {@link #requireMarker} asks
 * for; a mount that goes while this object is used is noticed without these.
 */
public final class FileStore implements Store {
  /** Room that is never promised to an image: what file systems need to stay usable, bytes. */
  private static final long RESERVE = 64 << 20;

  private final String id;
  private final String description;
  private final Path directory;
  private final Options options;
  private final MountPoint mount;

  /**
   * How images are kept.
   *
   * @param durable whether a commit waits for the medium
   * @param thin whether zeros take no room
   * @param marker the name of a file that must be there; null: none
   * @param permissions what images are open to; null: to their owner
   */
  private record Options(
      boolean durable, boolean thin, String marker, Set<PosixFilePermission> permissions) {}

  private FileStore(String id, String description, Path directory, Options options) {
    this.id = Objects.requireNonNull(id);
    this.description = Objects.requireNonNull(description);
    this.directory = directory.toAbsolutePath().normalize();
    this.options = options;
    this.mount = new MountPoint(this.directory);
  }

  /**
   * A store whose images are on the medium when they are committed, and where zeros take no room.
   *
   * @param directory where the files are; looked at on each use, so it may be mounted later
   */
  public static FileStore in(String id, String description, Path directory) {
    return new FileStore(id, description, directory, new Options(true, true, null, null));
  }

  private FileStore with(Options changed) {
    return new FileStore(id, description, directory, changed);
  }

  /** The same store, which waits for the medium ({@code fsync}) on each commit, or does not. */
  public FileStore durable(boolean wait) {
    return with(new Options(wait, options.thin(), options.marker(), options.permissions()));
  }

  /** The same store, in which images take all of their size from the beginning, or not. */
  public FileStore thin(boolean holes) {
    return with(new Options(options.durable(), holes, options.marker(), options.permissions()));
  }

  /**
   * The same store, which is only there while its directory has a file of that name: a mount point
   * that the mounted file system tells from the bare directory.
   */
  public FileStore requireMarker(String fileName) {
    return with(
        new Options(
            options.durable(),
            options.thin(),
            Objects.requireNonNull(fileName),
            options.permissions()));
  }

  /** The same store, whose new images are open to those whom these permissions let in. */
  public FileStore permitting(Set<PosixFilePermission> permissions) {
    return with(
        new Options(options.durable(), options.thin(), options.marker(), Set.copyOf(permissions)));
  }

  /** Where an image of this identifier lies. */
  public String locationOf(String imageId) {
    return pathOf(imageId).toUri().toString();
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
    return options.thin();
  }

  @Override
  public Optional<String> writesRefused() {
    Optional<String> gone = gone();
    return gone.isPresent() || Files.isWritable(directory)
        ? gone
        : Optional.of("the directory " + directory + " may not be written to; is it mounted?");
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
    Optional<String> refusal = writesRefused();
    if (refusal.isPresent()) {
      throw new StoreException(StoreException.Kind.UNAVAILABLE, id, refusal.get());
    }
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
      mustBeThere();
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

  /** Why the store is not there; empty: it is. */
  private Optional<String> gone() {
    String missing = null;
    if (!Files.isDirectory(directory)) {
      missing = " is not there";
    } else if (options.marker() != null && !Files.exists(directory.resolve(options.marker()))) {
      missing = " has no '" + options.marker() + "'";
    } else if (mount.isGone()) {
      missing = " is no longer that of the file system that was mounted";
    }
    return Optional.ofNullable(missing)
        .map(what -> "the directory " + directory + what + "; is it mounted?");
  }

  private void mustBeThere() throws StoreException {
    Optional<String> gone = gone();
    if (gone.isPresent()) {
      throw new StoreException(StoreException.Kind.UNAVAILABLE, id, gone.get());
    }
  }

  /** Whether a location is one of this store. */
  boolean isOwn(String location) {
    try {
      pathAt(location);
      return true;
    } catch (StoreException e) {
      return false;
    }
  }

  /** Whether there is an image, as far as can be seen: what is not mounted has none. */
  boolean isThere(String location) throws StoreException {
    return Files.isRegularFile(pathAt(location));
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
      if (!options.thin()) {
        file.allocate(0, file.size());
      }
      if (options.durable()) {
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
      if (options.permissions() != null) {
        Files.setPosixFilePermissions(path, options.permissions());
      }
      if (options.durable()) {
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
