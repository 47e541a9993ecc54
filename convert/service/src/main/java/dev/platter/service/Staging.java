package dev.platter.service;

import dev.platter.convert.Cancellation;
import dev.platter.service.store.ImageIds;
import dev.platter.storage.FileOption;
import dev.platter.storage.FileStorage;
import dev.platter.storage.StreamSource;
import java.io.IOException;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * The directory where images wait for their import. What was uploaded completely is named by its
 * image's identifier and stays, over restarts too, until it is imported or removed. Everything else
 * has no name, and is gone when its import ends or the process dies. Files, and the directory where
 * it is made here, are for their owner alone.
 */
public final class Staging {
  /** Room that no image gets: what the service itself needs to go on, bytes. */
  private static final long RESERVE = 64 << 20;

  /** Names of staged files end so: whatever else lies in the directory is somebody else's. */
  private static final String STAGED = ".platter-staged";

  private static final String LEFTOVERS = ".platter-*.part";

  private final Path directory;

  private Staging(Path directory) {
    this.directory = directory;
  }

  /**
   * The staging area in a directory, which is made where it is missing, and which no other process
   * uses: whatever an earlier one left half-made is deleted.
   */
  public static Staging open(Path directory) throws IOException {
    return open(directory, Duration.ZERO);
  }

  /**
   * The same for a directory that several processes share.
   *
   * @param leftoverAge half-made files that nobody has written to for so long are deleted. There
   *     are only such on file systems that do not know files without a name
   */
  public static Staging open(Path directory, Duration leftoverAge) throws IOException {
    OwnerOnly.makeDirectory(directory);
    Instant before = Instant.now().minus(leftoverAge);
    try (DirectoryStream<Path> leftovers = Files.newDirectoryStream(directory, LEFTOVERS)) {
      for (Path file : leftovers) {
        if (!Files.getLastModifiedTime(file).toInstant().isAfter(before)) {
          Files.deleteIfExists(file);
        }
      }
    }
    return new Staging(directory);
  }

  /** Takes an upload that comes at the usual pace. */
  public long stage(String imageId, ReadableByteChannel data, long cap, Cancellation cancellation)
      throws IOException {
    return stage(imageId, data, cap, Pace.DEFAULT, cancellation);
  }

  /**
   * Takes an upload, whole or not at all.
   *
   * @param data a blocking channel; closed by the caller
   * @param cap how many bytes it may have
   * @param pace how fast it must come
   * @return its size, bytes
   * @throws ImportException if it has more, or was cancelled
   * @throws FileAlreadyExistsException if the image has staged data
   */
  public long stage(
      String imageId, ReadableByteChannel data, long cap, Pace pace, Cancellation cancellation)
      throws IOException {
    Path path = pathOf(imageId);
    if (Files.exists(path)) {
      throw new FileAlreadyExistsException(path.getFileName().toString());
    }
    try (FileStorage file = newFile(imageId)) {
      long size = fill(file, data, cap, pace, MeteredChannel.Watch.none(), cancellation);
      file.sync();
      file.linkToNew(path);
      return size;
    }
  }

  /** Opens staged data for reading; empty: there is none. The caller closes it. */
  public Optional<FileStorage> find(String imageId) throws IOException {
    Path path = pathOf(imageId);
    return Files.isRegularFile(path)
        ? Optional.of(FileStorage.openForReading(path))
        : Optional.empty();
  }

  /** Removes staged data, if there is any. */
  public void remove(String imageId) throws IOException {
    Files.deleteIfExists(pathOf(imageId));
  }

  /** The identifiers of all images that have staged data. */
  public Set<String> imageIds() throws IOException {
    Set<String> ids = new TreeSet<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
      for (Path file : files) {
        String name = file.getFileName().toString();
        String id = name.endsWith(STAGED) ? name.substring(0, name.length() - STAGED.length()) : "";
        if (ImageIds.valid(id) && Files.isRegularFile(file)) {
          ids.add(id);
        }
      }
    }
    return ids;
  }

  /** Bytes that may still be written; a reserve is kept besides. */
  public long freeBytes() {
    return Math.max(0, directory.toFile().getUsableSpace() - RESERVE);
  }

  void requireRoom() throws ImportException {
    if (freeBytes() == 0) {
      throw new ImportException(ImportException.Reason.NO_ROOM, "the staging area is full");
    }
  }

  /** An empty file without a name. */
  FileStorage newFile(String imageId) throws IOException {
    return FileStorage.createUnnamed(directory, "staged image " + imageId, FileOption.PRIVATE);
  }

  /** Brings a stream onto a file, zeros as holes. */
  long fill(
      FileStorage file,
      ReadableByteChannel data,
      long cap,
      Pace pace,
      MeteredChannel.Watch watch,
      Cancellation cancellation)
      throws IOException {
    MeteredChannel metered = new MeteredChannel(data, cap, pace, watch, cancellation);
    StreamSource source = new StreamSource(file.name(), metered);
    return StorageCopy.pour(source, new BoundedStorage(file, cap, this::requireRoom, cancellation));
  }

  private Path pathOf(String imageId) {
    return directory.resolve(ImageIds.checked(imageId) + STAGED);
  }
}
