package dev.platter.server.imports;

import dev.platter.convert.Cancellation;
import dev.platter.server.config.LocationSettings;
import dev.platter.server.db.Session;
import dev.platter.server.http.Json;
import dev.platter.server.identity.Caller;
import dev.platter.server.image.Image;
import dev.platter.server.image.ImageData;
import dev.platter.server.image.ImageTable;
import dev.platter.server.image.Images;
import dev.platter.server.image.Location;
import dev.platter.server.image.LocationApi;
import dev.platter.server.image.ValidationData;
import dev.platter.server.store.Stores;
import dev.platter.server.task.Task;
import dev.platter.server.task.Tasks;
import dev.platter.service.HashAlgorithm;
import dev.platter.service.ImportException;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.security.MessageDigest;
import java.sql.SQLException;
import java.util.HexFormat;
import java.util.Optional;

/**
 * Takes data in that lie somewhere already: notes the place and, where the deployer wants it, reads
 * them once for their digests. Said digests are checked before the image can be used; without any,
 * the image can be used at once, and its digests follow.
 */
public final class LocationImport implements LocationApi.Starter {
  private static final System.Logger LOG = System.getLogger(LocationImport.class.getName());
  private static final int PIECE = 1 << 20;

  private final Images images;
  private final Stores stores;
  private final Tasks tasks;
  private final Imports imports;
  private final FailureText failures;
  private final LocationSettings settings;

  public LocationImport(
      Images images,
      Stores stores,
      Tasks tasks,
      Imports imports,
      FailureText failures,
      LocationSettings settings) {
    this.images = images;
    this.stores = stores;
    this.tasks = tasks;
    this.imports = imports;
    this.failures = failures;
    this.settings = settings;
  }

  @Override
  public void start(
      Image image, Location location, Optional<ValidationData> validation, Caller caller) {
    imports.requireTurn(caller);
    Task task =
        imports.lock(
            image,
            Image.Status.IMPORTING,
            session ->
                tasks.create(
                    session,
                    Task.LOCATION_IMPORT,
                    caller,
                    image.id(),
                    Json.object().put("image_id", image.id())));
    imports.execute(
        image.id(),
        caller.projectId(),
        task.id(),
        cancellation -> run(image.id(), location, validation, task.id(), cancellation));
  }

  private void run(
      String id,
      Location location,
      Optional<ValidationData> validation,
      String taskId,
      Cancellation cancellation) {
    try (Deadline deadline = new Deadline(settings.pace().longest(), cancellation)) {
      tasks.begin(taskId);
      try {
        take(id, location, validation, cancellation);
      } catch (ImportException e) {
        throw deadline.explain(e);
      }
      images
          .database()
          .persist(session -> {
            ImportRecord.unlock(session, id);
            tasks.succeed(session, taskId, Json.object().put("image_id", id));
            return null;
          });
    } catch (Exception | Error e) { // whatever it was, the image is not left locked
      LOG.log(System.Logger.Level.WARNING, "image {0}: {1}", id, e.getMessage());
      images
          .database()
          .persist(session -> {
            ImportRecovery.revert(session, id);
            return tasks.fail(session, taskId, failures.of(e));
          });
    }
  }

  private void take(
      String id, Location location, Optional<ValidationData> validation, Cancellation cancellation)
      throws IOException {
    try (Storage data = stores.find(location.store()).orElseThrow().open(location.url())) {
      long size = data.size();
      if (size > settings.sizeCap()) {
        throw new ImportException(
            ImportException.Reason.TOO_LARGE,
            "the image has %d bytes, at most %d are allowed".formatted(size, settings.sizeCap()));
      }
      ImageData known =
          validation
              .map(said -> said.data(size))
              .orElse(
                  new ImageData(
                      size,
                      null,
                      null,
                      settings.hash() ? settings.algorithm().apiName() : null,
                      null));
      if (!settings.hash()) {
        activate(id, location, known);
      } else if (validation.isPresent()) {
        activate(id, location, checked(data, validation.get(), cancellation));
      } else {
        activate(id, location, known);
        addDigests(id, data, size, cancellation);
      }
    }
  }

  private ImageData checked(Storage data, ValidationData said, Cancellation cancellation)
      throws IOException {
    ImageData found = digest(data, said.algorithm(), cancellation);
    boolean same =
        found.hashValue().equals(said.value())
            && (said.checksum() == null || found.checksum().equals(said.checksum()));
    if (!same) {
      throw new ImportException(
          ImportException.Reason.FORMAT_MISMATCH,
          "the data's os_hash_value is %s, the caller said %s"
              .formatted(found.hashValue(), said.value()));
    }
    return found;
  }

  /** Digests that cannot be had are no reason to take the image away again. */
  private void addDigests(String id, Storage data, long size, Cancellation cancellation) {
    ImageData found;
    try {
      found = digest(data, settings.algorithm(), cancellation);
    } catch (IOException e) {
      LOG.log(System.Logger.Level.WARNING, "image {0} has no digests: {1}", id, e.getMessage());
      found = new ImageData(size, null, null, null, null);
    }
    ImageData digests = found;
    images
        .database()
        .persist(session -> {
          ImageTable.saveData(session, id, digests);
          return null;
        });
  }

  private void activate(String id, Location location, ImageData data) throws IOException {
    boolean there =
        images
            .database()
            .persist(session -> {
              if (ImageTable.lock(session, id).isEmpty()) {
                return false;
              }
              ImageTable.addLocation(session, id, location);
              ImageTable.saveData(session, id, data);
              return makeActive(session, id);
            });
    if (!there) {
      throw new ImportException(ImportException.Reason.CANCELLED, "image " + id + " was deleted");
    }
  }

  private static boolean makeActive(Session session, String id) throws SQLException {
    String node =
        session
            .first("SELECT busy_node FROM images WHERE id = ?", row -> row.getString(1), id)
            .orElse(null);
    return ImageTable.changeStatus(session, id, Image.Status.IMPORTING, Image.Status.ACTIVE, node);
  }

  private ImageData digest(Storage data, HashAlgorithm algorithm, Cancellation cancellation)
      throws IOException {
    for (int attempt = 0; ; attempt++) {
      try {
        return digestOnce(data, algorithm, cancellation);
      } catch (ImportException e) {
        throw e;
      } catch (IOException e) {
        if (attempt >= settings.retries()) {
          throw e;
        }
        LOG.log(System.Logger.Level.INFO, "read again: {0}", e.getMessage());
      }
    }
  }

  private static ImageData digestOnce(
      Storage data, HashAlgorithm algorithm, Cancellation cancellation) throws IOException {
    MessageDigest md5 = HashAlgorithm.MD5.digest();
    MessageDigest hash = algorithm.digest();
    long size = data.size();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(PIECE, 4096);
      for (long done = 0; done < size; done += PIECE) {
        if (cancellation.isCancelled()) {
          throw new ImportException(ImportException.Reason.CANCELLED, "the import was cancelled");
        }
        MemorySegment piece = buffer.asSlice(0, Math.min(PIECE, size - done));
        data.readFully(done, piece);
        md5.update(piece.asByteBuffer());
        hash.update(piece.asByteBuffer());
      }
    }
    HexFormat hex = HexFormat.of();
    return new ImageData(
        size, null, hex.formatHex(md5.digest()), algorithm.apiName(), hex.formatHex(hash.digest()));
  }
}
