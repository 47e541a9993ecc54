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
 * The directory where images wait for their import. What was uploaded completely has its image's
 * identifier for a name and stays, over restarts too, until it is imported or removed. Everything
 * else has no name, and is gone when its import ends or the process dies. Files, and the directory
 * where it is made here, are for their owner alone.
 */
public final class Staging {
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

  /**
   * Takes an upload, whole or not at all.
   *
   * @param data a blocking channel; closed by the caller
   * @param cap how many bytes it may have
   * @return its size, bytes
   * @throws ImportException if it has more, or was cancelled
   * @throws FileAlreadyExistsException if the image has staged data
   */
  public long stage(String imageId, ReadableByteChannel data, long cap, Cancellation cancellation)
      throws IOException {
    Path path = pathOf(imageId);
    if (Files.exists(path)) {
      throw new FileAlreadyExistsException(path.toString());
    }
    try (FileStorage file = newFile(imageId)) {
      long size = fill(file, data, cap, MeteredChannel.Watch.none(), cancellation);
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
        if (ImageIds.valid(name) && Files.isRegularFile(file)) {
          ids.add(name);
        }
      }
    }
    return ids;
  }

  /** Bytes that are free where the staging area is. */
  public long freeBytes() throws IOException {
    return Files.getFileStore(directory).getUsableSpace();
  }

  /** An empty file without a name. */
  FileStorage newFile(String imageId) throws IOException {
    return FileStorage.createUnnamed(directory, "staged image " + imageId, FileOption.PRIVATE);
  }

  /** Brings a stream onto a file, zeros as holes. */
  static long fill(
      FileStorage file,
      ReadableByteChannel data,
      long cap,
      MeteredChannel.Watch watch,
      Cancellation cancellation)
      throws IOException {
    MeteredChannel metered = new MeteredChannel(data, cap, watch, cancellation);
    StreamSource source = new StreamSource(file.name(), metered);
    return StorageCopy.pour(source, file);
  }

  private Path pathOf(String imageId) {
    return directory.resolve(ImageIds.checked(imageId));
  }
}
