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
import dev.platter.server.image.ImageData;
import dev.platter.server.image.ImageFields;
import dev.platter.server.image.ImageLimits;
import dev.platter.server.image.ImageTable;
import dev.platter.server.image.Images;
import dev.platter.server.image.Location;
import dev.platter.server.imports.ImportRecord.OnFailure;
import dev.platter.server.policy.PropertyProtections.Action;
import dev.platter.server.store.Stores;
import dev.platter.server.task.Task;
import dev.platter.server.task.Tasks;
import dev.platter.server.turn.FairSlots;
import dev.platter.service.Fingerprint;
import dev.platter.service.HashAlgorithm;
import dev.platter.service.ImportException;
import dev.platter.service.ImportJob;
import dev.platter.service.ImportListener;
import dev.platter.service.ImportMethod;
import dev.platter.service.ImportResult;
import dev.platter.service.ImportWorkflow;
import dev.platter.service.Staging;
import dev.platter.service.store.Store;
import java.io.IOException;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

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
  private final FairSlots slots;
  private final FailureText failures;
  private final Optional<OtherRegions> regions;
  private final ImageLimits limits;
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

    /**
     * Is told in the transaction that writes down the first copy of an image, and how many there
     * are to be.
     *
     * @throws ApiException if there is no room for them
     */
    default void stored(Session session, Image image) throws SQLException {}

    /** A store has a copy of so many bytes. */
    default void copied(String store, long bytes) {}

    /** A store failed to take a copy. */
    default void storeFailed(String store) {}
  }

  /**
   * @param slots where imports run
   * @param failures what callers are told about those that fail
   * @param regions other image services, where there are any
   * @param limits how much the record of an image may say
   */
  public Imports(
      Images images,
      Stores stores,
      Tasks tasks,
      Staging staging,
      ImportWorkflow workflow,
      String node,
      FairSlots slots,
      FailureText failures,
      Optional<OtherRegions> regions,
      ImageLimits limits,
      Observer observer) {
    this.regions = regions;
    this.limits = limits;
    this.images = images;
    this.stores = stores;
    this.tasks = tasks;
    this.staging = staging;
    this.workflow = workflow;
    this.node = node;
    this.observer = observer;
    this.slots = slots;
    this.failures = failures;
  }

  /**
   * Begins an import of an image; the checks of the request are done.
   *
   * @param token the caller's, for other regions
   * @throws ApiException if another import of it is under way, or its state has changed meanwhile
   */
  void begin(
      Image image,
      ImportRequest request,
      List<Store> targets,
      Caller caller,
      Optional<String> token) {
    requireTurn(caller);
    ObjectNode input = Json.object();
    input.put("image_id", image.id());
    input.set("import_req", request.shown());
    Task task = lock(image, request, targets, caller, input);
    run(
        image,
        request.method(),
        source(image, request, caller, token),
        targets,
        request.allMustSucceed(),
        caller,
        task.id(),
        OnFailure.REQUEUE);
  }

  /** Refuses what would wait behind too much of the same project. */
  void requireTurn(Caller caller) {
    if (!slots.takes(caller.projectId())) {
      throw new ApiException(429, "This project has too many imports that wait already");
    }
  }

  private Task lock(
      Image image, ImportRequest request, List<Store> targets, Caller caller, JsonNode input) {
    boolean copy = request.method().equals(ImportRequest.COPY_IMAGE);
    return lock(
        image,
        copy ? Image.Status.ACTIVE : Image.Status.IMPORTING,
        session -> {
          Task task = tasks.create(session, Task.API_IMAGE_IMPORT, caller, image.id(), input);
          markStores(session, image.id(), targets);
          return task;
        });
  }

  /**
   * Keeps all others from changing the data of an image until the task is done.
   *
   * @param image as it was when it was looked at
   * @param status what it is from now on
   * @param maker makes the task, in the same transaction
   * @throws ApiException if others are at it, or its state has changed meanwhile
   */
  Task lock(Image image, String status, Database.Work<Task> maker) {
    try {
      return images
          .database()
          .transaction(session -> {
            Image now =
                ImageTable.lock(session, image.id())
                    .orElseThrow(
                        () -> ApiException.notFound("No image found with ID " + image.id()));
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
            Task task = maker.run(session);
            ImageTable.setProperty(session, image.id(), LOCK, task.id());
            return task;
          });
    } catch (DatabaseException e) {
      if (e.isDuplicate()) {
        throw ApiException.conflict(CONFLICT);
      }
      throw e;
    }
  }

  private void markStores(Session session, String imageId, List<Store> targets)
      throws SQLException {
    if (stores.several()) {
      ImageTable.setProperty(
          session, imageId, IMPORTING, String.join(",", targets.stream().map(Store::id).toList()));
      ImageTable.setProperty(session, imageId, FAILED, "");
    }
  }

  /** Finds out where the bytes come from, when it is the import's turn. */
  private interface Source {
    /** What the record says may be changed by what the source says. */
    ImportMethod open(Image image) throws IOException;
  }

  private Source source(Image asked, ImportRequest request, Caller caller, Optional<String> token) {
    if (request.method().equals(ImportRequest.GLANCE_DOWNLOAD)) {
      ImportRequest.Region region = request.region();
      OtherRegions.Source source =
          new OtherRegions.Source(
              region.name(), region.visibility(), region.imageId(), token.orElse(""));
      return image -> adopt(image, source, caller);
    }
    ImportMethod method =
        switch (request.method()) {
          case ImportRequest.WEB_DOWNLOAD -> new ImportMethod.WebDownload(request.uri());
          case ImportRequest.COPY_IMAGE -> copyOf(asked);
          default -> new ImportMethod.GlanceDirect();
        };
    return image -> method;
  }

  /** Takes over what an image of another region says of itself. */
  private ImportMethod adopt(Image image, OtherRegions.Source source, Caller caller)
      throws IOException {
    OtherRegions others = regions.orElseThrow();
    OtherRegions.Description there = others.describe(source);
    there.properties().keySet().removeIf(name -> !images.allows(Action.CREATE, name, caller));
    try {
      images
          .database()
          .transaction(session -> {
            Optional<Image> now = ImageTable.lock(session, image.id());
            if (now.isPresent()) {
              ImageFields fields = there.over(now.get().fields());
              limits.checkProperties(fields.properties().size());
              limits.metadata().check(session, image.id(), fields);
              ImageTable.saveFields(session, image.id(), fields);
            }
            return null;
          });
    } catch (ApiException e) {
      throw new ImportException(ImportException.Reason.TOO_LARGE, e.getMessage(), e);
    }
    return new ImportMethod.GlanceDownload(others.data(source, there.size()));
  }

  private ImportMethod copyOf(Image image) {
    for (Location location : image.locations()) {
      Optional<Store> store = stores.find(location.store());
      if (store.isPresent()) {
        OptionalLong virtualSize =
            image.data().virtualSize() == null
                ? OptionalLong.empty()
                : OptionalLong.of(image.data().virtualSize());
        return new ImportMethod.CopyImage(
            store.get(), location.url(), fingerprint(image.data()), virtualSize);
      }
    }
    throw ApiException.conflict("Image " + image.id() + " has no data to copy");
  }

  /** What the record says of the data; nothing where that does not tell copies apart. */
  private static Optional<Fingerprint> fingerprint(ImageData data) {
    if (data.checksum() == null || data.hashValue() == null) {
      return Optional.empty();
    }
    return HashAlgorithm.named(data.hashAlgorithm())
        .map(algorithm ->
            new Fingerprint(data.size(), data.checksum(), algorithm, data.hashValue()));
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
    run(image, Task.IMPORT, any -> method, targets, true, caller, task.id(), OnFailure.DELETE);
  }

  private void run(
      Image asked,
      String name,
      Source source,
      List<Store> targets,
      boolean allMustSucceed,
      Caller caller,
      String taskId,
      OnFailure then) {
    String id = asked.id();
    Consumer<Cancellation> work =
        cancellation -> {
          long started = System.nanoTime();
          boolean success = false;
          // What waits keeps no records in memory, which are large.
          Optional<Image> image = images.database().persist(s -> ImageTable.find(s, id));
          try {
            if (image.isEmpty()) {
              images.database().persist(s -> tasks.fail(s, taskId, "The image was deleted."));
            } else {
              ImportRecord record =
                  new ImportRecord(
                      images.database(),
                      tasks,
                      image.get(),
                      taskId,
                      allMustSucceed,
                      stores.several(),
                      failures,
                      targets.size(),
                      observer);
              success = attempt(image.get(), record, source, targets, caller, cancellation, then);
            }
          } finally {
            observer.ended(name, success, System.nanoTime() - started);
          }
        };
    execute(id, caller.projectId(), taskId, work);
  }

  /** Lets work on an image wait for its turn; if there will be none, the task has failed. */
  void execute(String id, String project, String taskId, Consumer<Cancellation> work) {
    Cancellation cancellation = new Cancellation();
    running.put(id, cancellation);
    Runnable turn =
        () -> {
          try {
            work.accept(cancellation);
          } finally {
            running.remove(id);
          }
        };
    if (!slots.execute(project, turn)) {
      running.remove(id);
      images
          .database()
          .transaction(session -> {
            ImportRecovery.revert(session, id);
            return tasks.fail(session, taskId, "The service ends.");
          });
    }
  }

  private boolean attempt(
      Image image,
      ImportRecord record,
      Source source,
      List<Store> targets,
      Caller caller,
      Cancellation cancellation,
      OnFailure then) {
    try (Deadline deadline = new Deadline(workflow.settings().pace().longest(), cancellation)) {
      tasks.begin(record.taskId());
      if (targets.isEmpty()) {
        record.nothingToDo();
        return true;
      }
      try {
        ImportMethod method = source.open(image);
        Image now =
            images
                .database()
                .read(session -> ImageTable.find(session, image.id()))
                .orElseThrow(() ->
                    new ImportException(
                        ImportException.Reason.CANCELLED, "image " + image.id() + " was deleted"));
        ImportJob job =
            new ImportJob(
                image.id(),
                method,
                now.fields().diskFormat(),
                now.fields().containerFormat(),
                targets,
                record.allMustSucceed(),
                now.fields().properties(),
                caller.roles());
        ImportResult result = workflow.run(job, observer.listener(record), cancellation);
        record.succeeded(result);
        return true;
      } catch (ImportException e) {
        throw deadline.explain(e);
      }
    } catch (Exception | Error e) { // whatever it was, the image is not left locked
      new Leftovers(images.database(), stores, staging).remove(image.id(), targets);
      record.failed(e, then);
      return false;
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
    try {
      slots.close(20);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
