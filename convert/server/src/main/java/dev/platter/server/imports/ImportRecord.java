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
  private final String taskId;
  private final boolean allMustSucceed;
  private final boolean several;
  private final boolean copy;
  private final FailureText failures;
  private final int targets;
  private final Imports.Observer observer;
  private final ProgressMeter meter = new ProgressMeter(System::nanoTime);
  private long reported = System.nanoTime();

  /**
   * @param image as it was when the import was asked for
   * @param several whether there are stores to choose from, and the record tells about each
   * @param targets how many stores the image goes to
   */
  ImportRecord(
      Database database,
      Tasks tasks,
      Image image,
      String taskId,
      boolean allMustSucceed,
      boolean several,
      FailureText failures,
      int targets,
      Imports.Observer observer) {
    this.failures = failures;
    this.targets = targets;
    this.observer = observer;
    this.database = database;
    this.tasks = tasks;
    this.image = image;
    this.taskId = taskId;
    this.allMustSucceed = allMustSucceed;
    this.several = several;
    copy = image.status().equals(Image.Status.ACTIVE);
  }

  /** What becomes of an image whose import fails. */
  enum OnFailure {
    /** It can be imported once more. */
    REQUEUE,
    /** It was made for the import alone. */
    DELETE
  }

  String taskId() {
    return taskId;
  }

  boolean allMustSucceed() {
    return allMustSucceed;
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
          taskId,
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
        taskId, "Copied " + (size >> 20) + " MiB", meter.told(Phase.STORING, size, size));
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
        session, image.id(), Image.Status.IMPORTING, Image.Status.ACTIVE, nodeOf(session))) {
      return;
    }
    Image now = ImageTable.find(session, image.id()).orElseThrow();
    saveFormats(session, now.fields(), now.fields().properties(), stored);
  }

  private String nodeOf(Session session) throws SQLException {
    return session
        .first("SELECT busy_node FROM images WHERE id = ?", row -> row.getString(1), image.id())
        .orElse(null);
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
        change(session, Imports.IMPORTING, storeId, false);
        change(session, Imports.FAILED, storeId, true);
      }
      return null;
    });
  }

  @Override
  public void withdrawn(StoredCopy stored) {
    database.persist(session -> {
      ImageTable.removeLocation(session, image.id(), stored.stored().location());
      return null;
    });
  }

  /** The import is done. */
  void succeeded(ImportResult result) throws IOException {
    boolean there =
        database.persist(session -> {
          Optional<Image> now = ImageTable.lock(session, image.id());
          if (now.isEmpty()) {
            return false;
          }
          if (!copy) {
            ImageTable.saveData(session, image.id(), UploadApi.data(result.first()));
            ImageFields fields = now.get().fields();
            saveFormats(session, fields, merged(fields, result.properties()), result.first());
            ImageTable.changeStatus(
                session, image.id(), Image.Status.IMPORTING, Image.Status.ACTIVE, null);
          }
          unlock(session);
          tasks.succeed(session, taskId, Json.object().put("image_id", image.id()));
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
      unlock(session);
      tasks.succeed(session, taskId, Json.object().put("image_id", image.id()));
      return null;
    });
  }

  private void unlock(Session session) throws SQLException {
    unlock(session, image.id());
  }

  /** Lets others change the image's data again. */
  static void unlock(Session session, String id) throws SQLException {
    ImageTable.removeProperty(session, id, Imports.LOCK);
    ImageTable.promiseCopies(session, id, 0);
    session.update(
        "UPDATE images SET busy_node = NULL, updated_at = ? WHERE id = ?", Database.now(), id);
  }

  /**
   * The import failed. An image that was not active is "queued" again, so that it can be imported
   * once more.
   */
  void failed(Throwable reason, OnFailure then) {
    boolean expected = reason instanceof ImportException;
    LOG.log(
        expected ? System.Logger.Level.WARNING : System.Logger.Level.ERROR,
        "image " + image.id() + ": import failed: " + reason.getMessage(),
        expected ? null : reason);
    database.persist(session -> {
      ImportRecovery.revert(session, image.id());
      if (then == OnFailure.DELETE && ImageTable.find(session, image.id()).isPresent()) {
        ImageTable.delete(session, image.id(), Database.now());
      }
      tasks.fail(session, taskId, failures.of(reason));
      return null;
    });
  }
}
