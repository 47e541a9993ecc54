package dev.platter.server.imports;

import dev.platter.convert.Cancellation;
import dev.platter.server.config.LocationSettings;
import dev.platter.server.db.Database;
import dev.platter.server.http.Json;
import dev.platter.server.image.Image;
import dev.platter.server.image.ImageData;
import dev.platter.server.image.ImageTable;
import dev.platter.server.image.Location;
import dev.platter.server.image.ValidationData;
import dev.platter.server.job.Outcome;
import dev.platter.server.store.Stores;
import dev.platter.server.task.Tasks;
import dev.platter.service.HashAlgorithm;
import dev.platter.service.ImportException;
import dev.platter.service.store.Store;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Optional;

/**
 * Takes data in that lie somewhere already: notes the place and, where the deployer wants it, reads
 * them once for their digests. Said digests are checked before the image can be used; without any,
 * the image can be used at once, and its digests follow.
 */
public final class LocationImport {
  private static final System.Logger LOG = System.getLogger(LocationImport.class.getName());
  private static final int PIECE = 1 << 20;

  private final Database database;
  private final Stores stores;
  private final Tasks tasks;
  private final FailureText failures;
  private final LocationSettings settings;

  public LocationImport(
      Database database,
      Stores stores,
      Tasks tasks,
      FailureText failures,
      LocationSettings settings) {
    this.database = database;
    this.stores = stores;
    this.tasks = tasks;
    this.failures = failures;
    this.settings = settings;
  }

  /** Tries it once; one that an earlier try has made active lacks its digests only. */
  Outcome run(Order.Place order, Attempt attempt) {
    String id = order.imageId();
    try (Deadline deadline = new Deadline(settings.pace().longest(), attempt.cancellation())) {
      try {
        take(order, attempt);
      } catch (ImportException e) {
        throw deadline.explain(e);
      }
      change(
          attempt,
          session -> {
            ImportRecord.unlock(session, id);
            tasks.succeed(session, attempt.taskId(), Json.object().put("image_id", id));
            return true;
          });
    } catch (Attempt.LostException e) {
      throw e;
    } catch (Exception | Error e) { // whatever it was, the image is not left locked
      LOG.log(System.Logger.Level.WARNING, "image {0}: {1}", id, e.getMessage());
      return ended(attempt, e);
    }
    return Outcome.DONE;
  }

  private Outcome ended(Attempt attempt, Throwable failure) {
    boolean again = attempt.isHandedBack();
    change(
        attempt,
        session -> {
          if (again) {
            tasks.waits(session, attempt.taskId(), "A node has ended: another one begins again.");
          } else {
            ImportRecovery.revert(session, attempt.imageId());
            tasks.fail(session, attempt.taskId(), failures.of(failure));
          }
          return true;
        });
    return again ? new Outcome.Again(Duration.ZERO) : Outcome.DONE;
  }

  /** Changes records while this try is the last one. */
  private boolean change(Attempt attempt, Database.Work<Boolean> work) {
    return database.persist(session -> {
      ImageTable.lock(session, attempt.imageId());
      attempt.require(session);
      return work.run(session);
    });
  }

  private void take(Order.Place order, Attempt attempt) throws IOException {
    Optional<ValidationData> validation = order.validation();
    Location location = order.location();
    Store store =
        stores
            .find(location.store())
            .orElseThrow(() ->
                new ImportException(
                    ImportException.Reason.STORE_FAILED,
                    "the node that runs it has no store '" + location.store() + "'"));
    try (Storage data = store.open(location.url())) {
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
        activate(attempt, location, known);
      } else if (validation.isPresent()) {
        activate(attempt, location, checked(data, validation.get(), attempt.cancellation()));
      } else {
        activate(attempt, location, known);
        addDigests(attempt, data, size);
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
  private void addDigests(Attempt attempt, Storage data, long size) throws ImportException {
    ImageData found;
    try {
      found = digest(data, settings.algorithm(), attempt.cancellation());
    } catch (IOException e) {
      if (attempt.isHandedBack()) {
        throw new ImportException(ImportException.Reason.CANCELLED, "the node ends", e);
      }
      LOG.log(
          System.Logger.Level.WARNING,
          "image {0} has no digests: {1}",
          attempt.imageId(),
          e.getMessage());
      found = new ImageData(size, null, null, null, null);
    }
    ImageData digests = found;
    change(
        attempt,
        session -> {
          ImageTable.saveData(session, attempt.imageId(), digests);
          return true;
        });
  }

  private void activate(Attempt attempt, Location location, ImageData data) throws IOException {
    String id = attempt.imageId();
    boolean there =
        change(
            attempt,
            session -> {
              Optional<Image> now = ImageTable.find(session, id);
              if (now.isEmpty()) {
                return false;
              }
              if (now.get().locations().isEmpty()) {
                ImageTable.addLocation(session, id, location);
              }
              ImageTable.saveData(session, id, data);
              return now.get().status().equals(Image.Status.ACTIVE)
                  || ImageTable.changeStatus(
                      session, id, Image.Status.IMPORTING, Image.Status.ACTIVE, null);
            });
    if (!there) {
      throw new ImportException(ImportException.Reason.CANCELLED, "image " + id + " was deleted");
    }
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
