package dev.platter.server.imports;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.platter.server.db.DatabaseException;
import dev.platter.server.db.Session;
import dev.platter.server.http.ApiException;
import dev.platter.server.http.Json;
import dev.platter.server.identity.Caller;
import dev.platter.server.image.Image;
import dev.platter.server.image.ImageTable;
import dev.platter.server.image.Images;
import dev.platter.server.image.Location;
import dev.platter.server.image.LocationApi;
import dev.platter.server.image.ValidationData;
import dev.platter.server.job.Jobs;
import dev.platter.server.node.Nodes;
import dev.platter.server.store.Stores;
import dev.platter.server.task.Task;
import dev.platter.server.task.Tasks;
import dev.platter.server.turn.TurnLimits;
import dev.platter.service.store.Store;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;

/**
 * Asks for imports: locks the image, and leaves the rest, in the same transaction, to whichever
 * node takes it. An image has one import at a time: a property of a fixed name is the lock.
 */
public final class Imports implements LocationApi.Starter {
  static final String LOCK = "os_glance_import_task";
  static final String IMPORTING = "os_glance_importing_to_stores";
  static final String FAILED = "os_glance_failed_import";
  static final String CONFLICT = "Image has an import in progress: it conflicts with another one";

  private final Images images;
  private final Stores stores;
  private final Tasks tasks;
  private final Nodes nodes;
  private final Jobs jobs;
  private final TurnLimits limits;

  /**
   * @param limits how much each node does at once, and how much may wait
   */
  public Imports(
      Images images, Stores stores, Tasks tasks, Nodes nodes, Jobs jobs, TurnLimits limits) {
    this.images = images;
    this.stores = stores;
    this.tasks = tasks;
    this.nodes = nodes;
    this.jobs = jobs;
    this.limits = limits;
  }

  /**
   * Asks for an import of an image; the checks of the request are done.
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
    boolean copy = request.method().equals(ImportRequest.COPY_IMAGE);
    if (copy && image.locations().stream().noneMatch(this::isKnown)) {
      throw ApiException.conflict("Image " + image.id() + " has no data to copy");
    }
    ObjectNode input = Json.object();
    input.put("image_id", image.id());
    input.set("import_req", request.shown());
    Order.Import order = Order.Import.of(image, request, targets, caller, token);
    ask(
        image,
        copy ? Image.Status.ACTIVE : Image.Status.IMPORTING,
        order,
        caller,
        session -> {
          Task task = tasks.create(session, Task.API_IMAGE_IMPORT, caller, image.id(), input);
          if (stores.several()) {
            markStores(session, image.id(), order.stores());
          }
          if (request.method().equals(ImportRequest.GLANCE_DIRECT)) {
            tasks.bindToStaged(session, task.id(), image.id());
          }
          return task;
        });
  }

  private boolean isKnown(Location location) {
    return stores.find(location.store()).isPresent();
  }

  @Override
  public void start(
      Image image, Location location, Optional<ValidationData> validation, Caller caller) {
    ObjectNode input = Json.object().put("image_id", image.id());
    ask(
        image,
        Image.Status.IMPORTING,
        new Order.Place(image.id(), location, validation),
        caller,
        session -> tasks.create(session, Task.LOCATION_IMPORT, caller, image.id(), input));
  }

  /** Refuses what would wait behind too much of the same project. */
  private void requireTurn(Caller caller) {
    long most = (long) Math.max(1, nodes.workers()) * limits.perProject() + limits.mostWaiting();
    if (tasks.unfinished(caller.projectId()) >= most) {
      throw new ApiException(429, "This project has too many imports that wait already");
    }
  }

  /** Makes a task in a transaction. */
  interface Maker {
    Task make(Session session) throws SQLException;
  }

  /**
   * Keeps all others from changing the data of an image until the task is done, and lets a node
   * take it.
   *
   * @param image as it was when it was looked at
   * @param status what it is from now on
   * @throws ApiException if others are at it, or its state has changed meanwhile
   */
  Task ask(Image image, String status, Order order, Caller caller, Maker maker) {
    requireTurn(caller);
    try {
      Task asked =
          images
              .database()
              .transaction(session -> {
                Image now =
                    ImageTable.lock(session, image.id())
                        .orElseThrow(
                            () -> ApiException.notFound("No image found with ID " + image.id()));
                if (ImageTable.claimOn(session, image.id()).isPresent()
                    || now.fields().properties().containsKey(LOCK)
                    || !ImageTable.changeStatus(
                        session, image.id(), image.status(), status, null)) {
                  throw ApiException.conflict(CONFLICT);
                }
                return locked(session, image.id(), order, maker);
              });
      jobs.wake();
      return asked;
    } catch (DatabaseException e) {
      if (e.isDuplicate()) {
        throw ApiException.conflict(CONFLICT);
      }
      throw e;
    }
  }

  /**
   * The same for an image that the task makes.
   *
   * @param maker makes the image, which is being imported already, and the task
   */
  Task ask(Image image, Order order, Caller caller, Maker maker) {
    requireTurn(caller);
    Task asked =
        images.database().transaction(session -> locked(session, image.id(), order, maker));
    jobs.wake();
    return asked;
  }

  private static Task locked(Session session, String imageId, Order order, Maker maker)
      throws SQLException {
    Task task = maker.make(session);
    ImageTable.setProperty(session, imageId, LOCK, task.id());
    Jobs.add(session, task.id(), order.bytes());
    return task;
  }

  /** The stores that are waited for. */
  static void markStores(Session session, String imageId, List<String> targets)
      throws SQLException {
    ImageTable.setProperty(session, imageId, IMPORTING, String.join(",", targets));
    ImageTable.setProperty(session, imageId, FAILED, "");
  }
}
