package dev.platter.server.imports;

import dev.platter.server.data.UploadApi;
import dev.platter.server.db.Database;
import dev.platter.server.db.Session;
import dev.platter.server.http.ApiException;
import dev.platter.server.http.Json;
import dev.platter.server.image.Image;
import dev.platter.server.image.ImageFields;
import dev.platter.server.image.ImageSchema;
import dev.platter.server.image.ImageTable;
import dev.platter.server.image.Location;
import dev.platter.server.task.Progress;
import dev.platter.server.task.Tasks;
import dev.platter.service.ImportException;
import dev.platter.service.ImportListener;
import dev.platter.service.ImportResult;
import dev.platter.service.StoredCopy;
import dev.platter.service.store.StoreException;
import java.io.IOException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/** Keeps the record of an image, and of the task, while it is imported. */
final class ImportRecord implements ImportListener {
  private static final System.Logger LOG = System.getLogger(ImportRecord.class.getName());
  private static final long REPORT_NANOS = 500_000_000;

  private final Database database;
  private final Tasks tasks;
  private final Image image;
  private final Attempt attempt;
  private final boolean allMustSucceed;
  private final boolean several;
  private final boolean copy;
  private final FailureText failures;
  private final int targets;
  private final ImportWorker.Observer observer;
  private final ProgressMeter meter = new ProgressMeter(System::nanoTime);
  private long reported = System.nanoTime();

  /**
   * @param image as it was when this try began
   * @param several whether there are stores to choose from, and the record tells about each
   * @param targets how many stores the image goes to
   */
  ImportRecord(
      Database database,
      Tasks tasks,
      Image image,
      Attempt attempt,
      boolean allMustSucceed,
      boolean several,
      FailureText failures,
      int targets,
      ImportWorker.Observer observer) {
    this.failures = failures;
    this.targets = targets;
    this.observer = observer;
    this.database = database;
    this.tasks = tasks;
    this.image = image;
    this.attempt = attempt;
    this.allMustSucceed = allMustSucceed;
    this.several = several;
    copy = image.status().equals(Image.Status.ACTIVE);
  }

  @Override
  public void phase(Phase phase) {
    LOG.log(System.Logger.Level.DEBUG, "image {0}: {1}", image.id(), phase);
  }

  @Override
  public void progress(Phase phase, long done, long total) {
    Progress progress = meter.told(phase, done, total);
    long now = System.nanoTime();
    if (now - reported >= REPORT_NANOS) {
      reported = now;
      tasks.progress(
          attempt.taskId(),
          attempt.number(),
          (phase == Phase.FETCHING ? "Downloaded " : "Copied ") + (done >> 20) + " MiB",
          progress);
    }
  }

  @Override
  public void stored(StoredCopy stored) throws IOException {
    boolean there;
    try {
      there = database.persist(session -> writeDown(session, stored));
    } catch (ApiException e) {
      throw new ImportException(ImportException.Reason.TOO_LARGE, e.getMessage(), e);
    }
    long size = stored.stored().size();
    observer.copied(stored.storeId(), size);
    tasks.progress(
        attempt.taskId(),
        attempt.number(),
        "Copied " + (size >> 20) + " MiB",
        meter.told(Phase.STORING, size, size));
    if (!there) {
      throw new ImportException(
          ImportException.Reason.CANCELLED, "image " + image.id() + " was deleted");
    }
  }

  private boolean writeDown(Session session, StoredCopy stored) throws SQLException {
    Optional<Image> now = ImageTable.lock(session, image.id());
    if (now.isEmpty()) {
      return false;
    }
    attempt.require(session);
    boolean first = now.get().locations().size() == image.locations().size();
    if (first) {
      ImageTable.promiseCopies(session, image.id(), image.locations().size() + targets);
      if (!copy) {
        ImageTable.saveData(session, image.id(), UploadApi.data(stored));
      }
      observer.stored(session, now.get()); // refuses copies for which there is no room
    }
    ImageTable.addLocation(
        session, image.id(), Location.in(stored.storeId(), stored.stored().location()));
    if (!copy && !allMustSucceed) {
      activate(session, stored);
    }
    take(session, stored.storeId());
    return true;
  }

  /** The image can be used from now on; the first store that has it makes it so. */
  private void activate(Session session, StoredCopy stored) throws SQLException {
    if (!ImageTable.changeStatus(
        session, image.id(), Image.Status.IMPORTING, Image.Status.ACTIVE, null)) {
      return;
    }
    Image now = ImageTable.find(session, image.id()).orElseThrow();
    saveFormats(session, now.fields(), now.fields().properties(), stored);
  }

  private void saveFormats(
      Session session, ImageFields fields, SortedMap<String, String> properties, StoredCopy stored)
      throws SQLException {
    ImageTable.saveFields(
        session,
        image.id(),
        new ImageFields(
            fields.name(),
            fields.visibility(),
            fields.owner(),
            stored.diskFormat(),
            stored.containerFormat(),
            fields.minDisk(),
            fields.minRam(),
            fields.isProtected(),
            fields.hidden(),
            properties,
            fields.tags()));
  }

  /** A store is not to be waited for any more. */
  private void take(Session session, String storeId) throws SQLException {
    change(session, Imports.IMPORTING, storeId, false);
  }

  private void change(Session session, String property, String storeId, boolean add)
      throws SQLException {
    if (!several) {
      return;
    }
    Image now = ImageTable.find(session, image.id()).orElseThrow();
    String value = now.fields().properties().getOrDefault(property, "");
    List<String> stores = new ArrayList<>(Arrays.asList(value.split(",")));
    stores.removeIf(store -> store.isEmpty() || store.equals(storeId));
    if (add) {
      stores.add(storeId);
    }
    ImageTable.setProperty(session, image.id(), property, String.join(",", stores));
  }

  @Override
  public void storeFailed(String storeId, IOException reason) {
    LOG.log(
        System.Logger.Level.WARNING,
        "image {0}: store {1} failed: {2}",
        image.id(),
        storeId,
        reason.getMessage());
    observer.storeFailed(storeId);
    database.persist(session -> {
      if (ImageTable.lock(session, image.id()).isPresent()) {
        attempt.require(session);
        change(session, Imports.IMPORTING, storeId, false);
        change(session, Imports.FAILED, storeId, true);
      }
      return null;
    });
  }

  /**
   * What lies in the store may be of a later try, when this one was taken for dead: then it stays.
   * The row is locked meanwhile, so that none begins.
   */
  @Override
  public void withdraw(StoredCopy stored, Removal removal) throws IOException {
    String location = stored.stored().location();
    Optional<IOException> failure =
        database.persist(session -> {
          Optional<Image> now = ImageTable.lock(session, image.id());
          boolean ours = now.isEmpty() || attempt.isCurrent(session);
          if (!ours && !isForgotten(now.get(), location)) {
            return Optional.empty();
          }
          try {
            removal.run();
          } catch (IOException e) {
            return Optional.of(e);
          }
          ImageTable.removeLocation(session, image.id(), location);
          return Optional.empty();
        });
    if (failure.isPresent()) {
      throw failure.get();
    }
  }

  /** Whether nobody is at work on an image, and its record does not speak of a place. */
  private static boolean isForgotten(Image now, String location) {
    return !now.fields().properties().containsKey(Imports.LOCK)
        && now.locations().stream().noneMatch(known -> known.url().equals(location));
  }

  /**
   * It does when this node gives it back, when another one has it already, and when a store has
   * what an earlier try has brought there at the last moment.
   */
  @Override
  public boolean beginsAgain(ImportException failure) {
    return attempt.isHandedBack()
        || attempt.number() > 1 && collides(failure)
        || !database.persist(attempt::isCurrent);
  }

  private static boolean collides(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof StoreException store && store.kind() == StoreException.Kind.DUPLICATE) {
        return true;
      }
    }
    return false;
  }

  /** The import is done. */
  @Override
  public void completed(ImportResult result) throws IOException {
    boolean there =
        database.persist(session -> {
          Optional<Image> now = ImageTable.lock(session, image.id());
          if (now.isEmpty()) {
            return false;
          }
          attempt.require(session);
          if (!copy) {
            ImageTable.saveData(session, image.id(), UploadApi.data(result.first()));
            ImageFields fields = now.get().fields();
            saveFormats(session, fields, merged(fields, result.properties()), result.first());
            ImageTable.changeStatus(
                session, image.id(), Image.Status.IMPORTING, Image.Status.ACTIVE, null);
          }
          succeed(session);
          return true;
        });
    if (!there) {
      throw new ImportException(
          ImportException.Reason.CANCELLED, "image " + image.id() + " was deleted");
    }
  }

  /** What the import learnt replaces what was said before it, but not what was said meanwhile. */
  private SortedMap<String, String> merged(ImageFields now, Map<String, String> learnt) {
    SortedMap<String, String> merged = new TreeMap<>(now.properties());
    learnt.forEach((name, value) -> {
      String before = image.fields().properties().get(name);
      boolean own = name.startsWith(ImageSchema.OWN_PREFIX);
      if (!own && Objects.equals(before, now.properties().get(name))) {
        merged.put(name, value);
      }
    });
    for (String name : new TreeSet<>(image.fields().properties().keySet())) {
      if (!learnt.containsKey(name) && !name.startsWith(ImageSchema.OWN_PREFIX)) {
        merged.remove(name);
      }
    }
    return merged;
  }

  /** There was no store that lacked the image. */
  void nothingToDo() {
    database.persist(session -> {
      ImageTable.lock(session, image.id());
      attempt.require(session);
      succeed(session);
      return null;
    });
  }

  private void succeed(Session session) throws SQLException {
    unlock(session, image.id());
    tasks.succeed(session, attempt.taskId(), Json.object().put("image_id", image.id()));
  }

  /** Lets others change the image's data again. */
  static void unlock(Session session, String id) throws SQLException {
    ImageTable.removeProperty(session, id, Imports.LOCK);
    ImageTable.promiseCopies(session, id, 0);
    ImageTable.setStagedOn(session, id, null);
    ImageTable.touch(session, id);
  }

  /**
   * The import failed. An image that was not active is "queued" again, so that it can be imported
   * once more.
   */
  void failed(Throwable reason, Order.OnFailure then) {
    boolean expected = reason instanceof ImportException;
    LOG.log(
        expected ? System.Logger.Level.WARNING : System.Logger.Level.ERROR,
        "image " + image.id() + ": import failed: " + reason.getMessage(),
        expected ? null : reason);
    database.persist(session -> {
      boolean there = ImageTable.lock(session, image.id()).isPresent();
      attempt.require(session);
      ImportRecovery.revert(session, image.id());
      if (then == Order.OnFailure.DELETE && there) {
        ImageTable.delete(session, image.id(), Database.now());
      }
      tasks.fail(session, attempt.taskId(), failures.of(reason));
      return null;
    });
  }

  /** The import begins again later: the record is as if it had not begun. */
  void handedBack(String why) {
    database.persist(session -> {
      ImageTable.lock(session, image.id());
      attempt.require(session);
      tasks.waits(session, attempt.taskId(), why);
      return null;
    });
  }
}
