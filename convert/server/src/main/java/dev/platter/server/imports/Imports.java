package dev.platter.server.imports;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.platter.convert.Cancellation;
import dev.platter.server.db.Database;
import dev.platter.server.db.DatabaseException;
import dev.platter.server.db.Session;
import dev.platter.server.http.ApiException;
import dev.platter.server.http.Json;
import dev.platter.server.identity.Caller;
import dev.platter.server.image.Image;
import dev.platter.server.image.ImageTable;
import dev.platter.server.image.Images;
import dev.platter.server.image.Location;
import dev.platter.server.store.Stores;
import dev.platter.server.task.Task;
import dev.platter.server.task.Tasks;
import dev.platter.service.Fingerprint;
import dev.platter.service.ImportJob;
import dev.platter.service.ImportListener;
import dev.platter.service.ImportMethod;
import dev.platter.service.ImportWorkflow;
import dev.platter.service.Staging;
import dev.platter.service.store.Store;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * The imports of this node: begun by a request, run by a few threads, and their records kept up to
 * date. An image has one import at a time: a property of a fixed name is the lock.
 */
public final class Imports implements AutoCloseable {
  static final String LOCK = "os_glance_import_task";
  static final String IMPORTING = "os_glance_importing_to_stores";
  static final String FAILED = "os_glance_failed_import";
  static final String CONFLICT = "Image has an import in progress: it conflicts with another one";

  private final Images images;
  private final Stores stores;
  private final Tasks tasks;
  private final Staging staging;
  private final ImportWorkflow workflow;
  private final Observer observer;
  private final String node;
  private final ExecutorService threads;
  private final Map<String, Cancellation> running = new ConcurrentHashMap<>();

  /** Watches imports. */
  @FunctionalInterface
  public interface Observer {
    /** An import ended. */
    void ended(String method, boolean success, long nanos);

    /** An import begins: who is told how it goes, which is who keeps its record or wraps that. */
    default ImportListener listener(ImportListener record) {
      return record;
    }
  }

  /**
   * @param atOnce how many imports run at once; others wait
   */
  public Imports(
      Images images,
      Stores stores,
      Tasks tasks,
      Staging staging,
      ImportWorkflow workflow,
      String node,
      int atOnce,
      Observer observer) {
    this.images = images;
    this.stores = stores;
    this.tasks = tasks;
    this.staging = staging;
    this.workflow = workflow;
    this.node = node;
    this.observer = observer;
    threads =
        Executors.newFixedThreadPool(
            atOnce, Thread.ofPlatform().daemon().name("import-", 1).factory());
  }

  /**
   * Begins an import of an image; the checks of the request are done.
   *
   * @throws ApiException if another import of it is under way, or its state has changed meanwhile
   */
  void begin(
      Image image, ImportRequest request, List<Store> targets, Caller caller, ObjectNode body) {
    ObjectNode input = Json.object();
    input.put("image_id", image.id());
    input.set("import_req", body);
    Task task = lock(image, request, targets, caller, input);
    run(
        image,
        request.method(),
        method(image, request),
        targets,
        request.allMustSucceed(),
        caller,
        task.id(),
        false);
  }

  private Task lock(
      Image image, ImportRequest request, List<Store> targets, Caller caller, JsonNode input) {
    try {
      return images
          .database()
          .transaction(session -> {
            Image now =
                ImageTable.lock(session, image.id())
                    .orElseThrow(
                        () -> ApiException.notFound("No image found with ID " + image.id()));
            boolean copy = request.method().equals(ImportRequest.COPY_IMAGE);
            String status = copy ? Image.Status.ACTIVE : Image.Status.IMPORTING;
            boolean busy =
                session
                    .first(
                        "SELECT id FROM images WHERE id = ? AND busy_node IS NOT NULL",
                        row -> row.getString(1),
                        image.id())
                    .isPresent();
            if (busy
                || now.fields().properties().containsKey(LOCK)
                || !ImageTable.changeStatus(session, image.id(), image.status(), status, node)) {
              throw ApiException.conflict(CONFLICT);
            }
            Task task = tasks.create(session, Task.API_IMAGE_IMPORT, caller, image.id(), input);
            setMarks(session, image.id(), task.id(), targets);
            return task;
          });
    } catch (DatabaseException e) {
      if (e.isDuplicate()) {
        throw ApiException.conflict(CONFLICT);
      }
      throw e;
    }
  }

  private void setMarks(Session session, String imageId, String taskId, List<Store> targets)
      throws SQLException {
    ImageTable.setProperty(session, imageId, LOCK, taskId);
    if (stores.several()) {
      ImageTable.setProperty(
          session, imageId, IMPORTING, String.join(",", targets.stream().map(Store::id).toList()));
      ImageTable.setProperty(session, imageId, FAILED, "");
    }
  }

  private ImportMethod method(Image image, ImportRequest request) {
    return switch (request.method()) {
      case ImportRequest.WEB_DOWNLOAD -> new ImportMethod.WebDownload(request.uri());
      case ImportRequest.COPY_IMAGE -> copyOf(image);
      default -> new ImportMethod.GlanceDirect();
    };
  }

  private ImportMethod copyOf(Image image) {
    for (Location location : image.locations()) {
      Optional<Store> store = stores.find(location.store());
      if (store.isPresent()) {
        Optional<Fingerprint> expected =
            image.data().checksum() == null || image.data().hashValue() == null
                ? Optional.empty()
                : Optional.of(
                    new Fingerprint(
                        image.data().size(), image.data().checksum(), image.data().hashValue()));
        OptionalLong virtualSize =
            image.data().virtualSize() == null
                ? OptionalLong.empty()
                : OptionalLong.of(image.data().virtualSize());
        return new ImportMethod.CopyImage(store.get(), location.url(), expected, virtualSize);
      }
    }
    throw ApiException.conflict("Image " + image.id() + " has no data to copy");
  }

  /** Begins a legacy task: the image was made for it, and goes with it when it fails. */
  void beginLegacy(Image image, ImportMethod method, Caller caller, Task task) {
    images
        .database()
        .transaction(session -> {
          ImageTable.changeStatus(
              session, image.id(), Image.Status.QUEUED, Image.Status.IMPORTING, node);
          ImageTable.setProperty(session, image.id(), LOCK, task.id());
          return null;
        });
    List<Store> targets = List.of(stores.named(stores.defaultStore()));
    run(image, Task.IMPORT, method, targets, true, caller, task.id(), true);
  }

  private void run(
      Image image,
      String name,
      ImportMethod method,
      List<Store> targets,
      boolean allMustSucceed,
      Caller caller,
      String taskId,
      boolean deleteOnFailure) {
    ImportRecord record =
        new ImportRecord(images.database(), tasks, image, taskId, allMustSucceed, stores.several());
    Cancellation cancellation = new Cancellation();
    Runnable work =
        () -> {
          long started = System.nanoTime();
          boolean success = false;
          try {
            tasks.begin(taskId);
            if (targets.isEmpty()) {
              record.nothingToDo();
            } else {
              ImportJob job =
                  new ImportJob(
                      image.id(),
                      method,
                      image.fields().diskFormat(),
                      image.fields().containerFormat(),
                      targets,
                      allMustSucceed,
                      image.fields().properties(),
                      caller.roles());
              record.succeeded(workflow.run(job, observer.listener(record), cancellation));
            }
            success = true;
          } catch (Exception | Error e) { // whatever it was, the image is not left locked
            fail(record, image, targets, e, deleteOnFailure);
          } finally {
            running.remove(image.id());
            observer.ended(name, success, System.nanoTime() - started);
          }
        };
    running.put(image.id(), cancellation);
    try {
      threads.execute(work);
    } catch (RejectedExecutionException e) {
      running.remove(image.id());
      fail(record, image, targets, new IllegalStateException("the service ends", e), false);
    }
  }

  private void fail(
      ImportRecord record,
      Image image,
      List<Store> targets,
      Throwable reason,
      boolean deleteOnFailure) {
    new Leftovers(images.database(), stores, staging).remove(record.failed(reason), targets);
    if (deleteOnFailure) {
      images
          .database()
          .transaction(session -> {
            if (ImageTable.find(session, image.id()).isPresent()) {
              ImageTable.delete(session, image.id(), Database.now());
            }
            return null;
          });
    }
  }

  /** Ends the import of an image that is being deleted, if there is one. */
  public void cancel(String imageId) {
    Cancellation cancellation = running.get(imageId);
    if (cancellation != null) {
      cancellation.cancel();
    }
  }

  /** How many imports are under way or wait. */
  public int count() {
    return running.size();
  }

  /** Ends all imports; what they leave is put right when the service starts again. */
  @Override
  public void close() {
    running.values().forEach(Cancellation::cancel);
    threads.shutdown();
    try {
      if (!threads.awaitTermination(20, TimeUnit.SECONDS)) {
        threads.shutdownNow();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
