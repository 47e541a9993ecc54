package dev.platter.server.cache;

import dev.platter.server.db.Database;
import dev.platter.server.db.DatabaseException;
import dev.platter.server.image.Image;
import dev.platter.service.OwnerOnly;
import dev.platter.service.store.ImageIds;
import dev.platter.storage.FileStorage;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * Copies of images on this node, so that stores far away are read once. Holds at most a certain
 * size: what was not read for the longest time goes first.
 */
public final class ImageCache {
  private static final System.Logger LOG = System.getLogger(ImageCache.class.getName());

  /** Files of these names are the cache's; whatever else lies there is somebody else's. */
  private static final String COPY = ".platter-cached";

  private static final String PART = ".platter-caching";

  private final Database database;
  private final String node;
  private final Path directory;
  private final long maxSize;

  /** A copy as the interface shows it. */
  record Cached(String imageId, long size, long hits, Instant lastAccessed, Instant lastModified) {}

  /**
   * @param directory where copies lie; null: there is no cache
   * @param maxSize how many bytes they have at most after pruning
   */
  public ImageCache(Database database, String node, Path directory, long maxSize)
      throws IOException {
    this.database = database;
    this.node = node;
    this.directory = directory;
    this.maxSize = maxSize;
    if (directory != null) {
      OwnerOnly.makeDirectory(directory);
      reconcile();
    }
  }

  /** Half-made copies go, and so does the memory of copies that are not there. */
  private void reconcile() throws IOException {
    Set<Path> known = known();
    for (Path file : ownFiles()) {
      if (!known.contains(file)) {
        Files.delete(file);
      }
    }
    for (Cached cached : list()) {
      if (!Files.exists(fileOf(cached.imageId()))) {
        forget(cached.imageId());
      }
    }
  }

  private Path fileOf(String imageId) {
    return directory.resolve(ImageIds.checked(imageId) + COPY);
  }

  public boolean enabled() {
    return directory != null;
  }

  /** The copy of an image; the caller closes it. */
  public Optional<Storage> open(Image image) throws IOException {
    if (!enabled() || !Files.exists(fileOf(image.id()))) {
      return Optional.empty();
    }
    boolean known = list().stream().anyMatch(copy -> copy.imageId().equals(image.id()));
    if (!known) {
      return Optional.empty();
    }
    countHit(image.id());
    return Optional.of(FileStorage.openForReading(fileOf(image.id())));
  }

  private void countHit(String imageId) {
    try {
      database.update(
          "UPDATE cached_images SET hits = hits + 1, last_accessed = ?"
              + " WHERE node = ? AND image_id = ?",
          Database.now(),
          node,
          imageId);
    } catch (DatabaseException e) {
      if (!e.isUnavailable()) {
        throw e;
      }
      // An uncounted hit is no reason to give nothing.
    }
  }

  /** Begins a copy; nothing when it makes no sense. */
  public Optional<CacheCopy> begin(Image image) throws IOException {
    boolean useful =
        enabled()
            && image.status().equals(Image.Status.ACTIVE)
            && image.data().size() != null
            && image.data().size() <= maxSize
            && !Files.exists(fileOf(image.id()));
    if (!useful) {
      return Optional.empty();
    }
    Path part = directory.resolve(image.id() + "." + UUID.randomUUID() + PART);
    return Optional.of(
        new CacheCopy(
            part,
            image.data().checksum(),
            md5(),
            (finished, size) -> publish(finished, image, size)));
  }

  private static MessageDigest md5() {
    try {
      return MessageDigest.getInstance("MD5");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private void publish(Path part, Image image, long size) throws IOException {
    Files.move(
        part,
        fileOf(image.id()),
        StandardCopyOption.ATOMIC_MOVE,
        StandardCopyOption.REPLACE_EXISTING);
    Instant now = Database.now();
    database.transaction(session -> {
      session.update("DELETE FROM cached_images WHERE node = ? AND image_id = ?", node, image.id());
      session.update(
          "INSERT INTO cached_images (node, image_id, size, hits, checksum, last_accessed,"
              + " last_modified) VALUES (?, ?, ?, 0, ?, ?, ?)",
          node,
          image.id(),
          size,
          image.data().checksum(),
          now,
          now);
      return session.update(
          "DELETE FROM queued_images WHERE node = ? AND image_id = ?", node, image.id());
    });
    prune();
  }

  /** What a removal has removed. */
  record Pruned(int files, long bytes) {}

  /** Removes copies until they fit, the least recently read first. */
  synchronized Pruned prune() throws IOException {
    List<Cached> copies = list();
    long total = copies.stream().mapToLong(Cached::size).sum();
    int files = 0;
    long bytes = 0;
    for (Cached oldest : copies) {
      if (total <= maxSize) {
        break;
      }
      LOG.log(System.Logger.Level.INFO, "image {0} leaves the full cache", oldest.imageId());
      if (remove(oldest.imageId())) {
        files++;
        bytes += oldest.size();
      }
      total -= oldest.size();
    }
    return new Pruned(files, bytes);
  }

  /**
   * Removes what is of no use: copies that nobody knows or that are not whole, the memory of copies
   * that are not there, and copies that were begun long ago and never finished.
   *
   * @param stallTime how long ago
   */
  synchronized void clean(Duration stallTime) throws IOException {
    for (Cached cached : list()) {
      Path file = fileOf(cached.imageId());
      if (!Files.exists(file) || Files.size(file) != cached.size()) {
        remove(cached.imageId());
      }
    }
    Instant oldest = Instant.now().minus(stallTime);
    for (Path file : ownFiles()) {
      boolean part = file.getFileName().toString().endsWith(PART);
      boolean old = Files.getLastModifiedTime(file).toInstant().isBefore(oldest);
      boolean unknown = !part && !known().contains(file);
      // A finished copy is moved here before it is written down.
      if (part && old || unknown && Files.exists(file) && isOlderThanAMinute(file)) {
        Files.deleteIfExists(file);
      }
    }
  }

  private static boolean isOlderThanAMinute(Path file) throws IOException {
    return Files.getLastModifiedTime(file).toInstant().isBefore(Instant.now().minusSeconds(60));
  }

  private Set<Path> known() {
    Set<Path> known = new HashSet<>();
    list().forEach(cached -> known.add(fileOf(cached.imageId())));
    return known;
  }

  /** The regular files that are the cache's by their names. */
  private List<Path> ownFiles() throws IOException {
    List<Path> own = new ArrayList<>();
    try (DirectoryStream<Path> files =
        Files.newDirectoryStream(directory, "*{" + COPY + "," + PART + "}")) {
      for (Path file : files) {
        String id = file.getFileName().toString().split("\\.", 2)[0];
        if (ImageIds.valid(id) && Files.isRegularFile(file)) {
          own.add(file);
        }
      }
    }
    return own;
  }

  /** All copies, the least recently read first. */
  List<Cached> list() {
    return database.read(session ->
        session.list(
            "SELECT * FROM cached_images WHERE node = ? ORDER BY last_accessed, image_id",
            row ->
                new Cached(
                    row.getString("image_id"),
                    row.getLong("size"),
                    row.getLong("hits"),
                    Database.instant(row, "last_accessed"),
                    Database.instant(row, "last_modified")),
            node));
  }

  /**
   * Removes a copy.
   *
   * @return whether there was one
   */
  public boolean remove(String imageId) throws IOException {
    if (!enabled()) {
      return false;
    }
    boolean known = forget(imageId);
    Files.deleteIfExists(fileOf(imageId));
    return known;
  }

  private boolean forget(String imageId) {
    return database.update(
            "DELETE FROM cached_images WHERE node = ? AND image_id = ?", node, imageId)
        > 0;
  }

  /** Identifiers of images that are to be fetched, the first asked for first. */
  List<String> queued() {
    return database.read(session ->
        session.list(
            "SELECT image_id FROM queued_images WHERE node = ? ORDER BY queued_at, image_id",
            row -> row.getString(1),
            node));
  }

  /** Removes the copies of images that are gone: another node may have deleted them. */
  public void removeDeleted() {
    List<String> gone =
        database.read(session ->
            session.list(
                "SELECT image_id FROM cached_images WHERE node = ?"
                    + " AND image_id NOT IN (SELECT id FROM images)",
                row -> row.getString(1),
                node));
    for (String id : gone) {
      try {
        remove(id);
      } catch (IOException e) {
        LOG.log(System.Logger.Level.WARNING, "image " + id + " stays in the cache", e);
      }
    }
  }

  void queue(String imageId) {
    database.transaction(session -> {
      session.update("DELETE FROM queued_images WHERE node = ? AND image_id = ?", node, imageId);
      return session.update(
          "INSERT INTO queued_images (node, image_id, queued_at) VALUES (?, ?, ?)",
          node,
          imageId,
          Database.now());
    });
  }

  boolean dequeue(String imageId) {
    return database.update(
            "DELETE FROM queued_images WHERE node = ? AND image_id = ?", node, imageId)
        > 0;
  }
}
