package dev.platter.server.imports;

import dev.platter.server.db.Database;
import dev.platter.server.db.Session;
import dev.platter.server.http.ApiException;
import dev.platter.server.image.Image;
import dev.platter.server.image.ImageData;
import dev.platter.server.image.ImageFields;
import dev.platter.server.image.ImageLimits;
import dev.platter.server.image.ImageTable;
import dev.platter.server.image.Images;
import dev.platter.server.image.Location;
import dev.platter.server.job.Jobs;
import dev.platter.server.job.Outcome;
import dev.platter.server.store.Stores;
import dev.platter.server.task.Task;
import dev.platter.server.task.Tasks;
import dev.platter.service.ImportException;
import dev.platter.service.ImportJob;
import dev.platter.service.ImportListener;
import dev.platter.service.ImportWorkflow;
import dev.platter.service.Requester;
import dev.platter.service.Staging;
import dev.platter.service.store.Store;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * The imports that this node runs. One that another node began before, and did not end, is begun
 * anew: what was brought into stores goes first. Looks now and then whether what it runs is still
 * wanted, and still its own: images are deleted by any node.
 */
public final class ImportWorker implements Jobs.Work, AutoCloseable {
  private static final System.Logger LOG = System.getLogger(ImportWorker.class.getName());

  /** How often it is looked whether imports are still wanted. */
  private static final long LOOK_MILLIS = 1000;

  /** How long imports that were told to end may take for that. */
  private static final Duration LAST_PATIENCE = Duration.ofSeconds(20);

  private final Database database;
  private final Stores stores;
  private final Tasks tasks;
  private final Staging staging;
  private final ImportWorkflow workflow;
  private final Sources sources;
  private final LocationImport locations;
  private final FailureText failures;
  private final Observer observer;
  private final String node;
  private final int mostDeaths;
  private final Set<Attempt> running = ConcurrentHashMap.newKeySet();
  private final ScheduledExecutorService clock =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("imports").factory());
  private volatile boolean ending;

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
   * @param node this node's name, for people
   * @param mostDeaths how many nodes may die at an import
   * @param failures what callers are told about those that fail
   * @param regions other image services, where there are any
   * @param limits how much the record of an image may say
   */
  public ImportWorker(
      Images images,
      Stores stores,
      Tasks tasks,
      Staging staging,
      ImportWorkflow workflow,
      String node,
      int mostDeaths,
      LocationImport locations,
      FailureText failures,
      Optional<OtherRegions> regions,
      ImageLimits limits,
      Observer observer) {
    this.database = images.database();
    this.stores = stores;
    this.tasks = tasks;
    this.staging = staging;
    this.workflow = workflow;
    this.node = node;
    this.mostDeaths = mostDeaths;
    this.locations = locations;
    this.failures = failures;
    this.observer = observer;
    sources = new Sources(images, stores, regions, limits);
    var unused =
        clock.scheduleWithFixedDelay(this::look, LOOK_MILLIS, LOOK_MILLIS, TimeUnit.MILLISECONDS);
  }

  @Override
  public boolean runs(String id) {
    return running.stream().anyMatch(attempt -> attempt.taskId().equals(id));
  }

  @Override
  public Outcome run(String taskId, byte[] bytes, int deaths) {
    if (ending) {
      return new Outcome.Again(Duration.ZERO);
    }
    Order order = Order.read(bytes);
    OptionalInt number = database.persist(session -> begin(session, taskId, order));
    if (number.isEmpty()) {
      return Outcome.DONE;
    }
    Attempt attempt = new Attempt(taskId, order.imageId(), number.getAsInt());
    running.add(attempt);
    try {
      if (ending) {
        attempt.handBack();
      }
      return switch (order) {
        case Order.Import brought -> run(brought, attempt, deaths);
        case Order.Place place -> locations.run(place, attempt);
      };
    } catch (Attempt.LostException e) {
      LOG.log(System.Logger.Level.WARNING, e.getMessage());
      return Outcome.LOST;
    } finally {
      running.remove(attempt);
    }
  }

  /** Begins a try; what an earlier one has written down of the image's data is forgotten. */
  private OptionalInt begin(Session session, String taskId, Order order) throws SQLException {
    Optional<Image> image = ImageTable.lock(session, order.imageId());
    OptionalInt number = tasks.begin(session, taskId);
    boolean again = number.orElse(1) > 1;
    if (again
        && image.isPresent()
        && image.get().status().equals(Image.Status.IMPORTING)
        && order instanceof Order.Import brought) {
      for (Location location : image.get().locations()) {
        ImageTable.removeLocation(session, image.get().id(), location.url());
      }
      boolean staged = brought.request().method().equals(ImportRequest.GLANCE_DIRECT);
      Long size = staged ? image.get().data().size() : null;
      ImageTable.saveData(session, image.get().id(), new ImageData(size, null, null, null, null));
      ImageTable.promiseCopies(session, image.get().id(), 0);
      if (stores.several()) {
        Imports.markStores(session, image.get().id(), brought.stores());
      }
    }
    return number;
  }

  private Outcome run(Order.Import order, Attempt attempt, int deaths) {
    long started = System.nanoTime();
    boolean made = order.then() == Order.OnFailure.DELETE;
    String name = made ? Task.IMPORT : order.request().method();
    // What waits keeps no records in memory, which are large.
    Optional<Image> image = database.persist(s -> ImageTable.find(s, order.imageId()));
    if (image.isEmpty()) {
      removeLeftovers(order, attempt);
      database.persist(s -> tasks.fail(s, attempt.taskId(), "The image was deleted."));
      observer.ended(name, false, System.nanoTime() - started);
      return Outcome.DONE;
    }
    ImportRecord record =
        new ImportRecord(
            database,
            tasks,
            image.get(),
            attempt,
            order.request().allMustSucceed(),
            stores.several(),
            failures,
            wanted(order, image.get()).size(),
            observer);
    try (Deadline deadline =
        new Deadline(workflow.settings().pace().longest(), attempt.cancellation())) {
      try {
        bring(image.get(), order, attempt, record, deaths);
      } catch (ImportException e) {
        throw deadline.explain(e);
      }
      observer.ended(name, true, System.nanoTime() - started);
      return Outcome.DONE;
    } catch (Exception | Error e) { // whatever it was, the image is not left locked
      return ended(order, attempt, record, e, name, started);
    }
  }

  private void bring(
      Image image, Order.Import order, Attempt attempt, ImportRecord record, int deaths)
      throws IOException {
    if (deaths >= mostDeaths) {
      throw new ImportException(
          ImportException.Reason.CANCELLED,
          "%d nodes have died at it, one after the other".formatted(deaths));
    }
    if (attempt.number() > 1) {
      if (!copies(order) && !image.status().equals(Image.Status.IMPORTING)) {
        throw new ImportException(
            ImportException.Reason.CANCELLED,
            "the node that imported it has died: not all stores have the image");
      }
      removeLeftovers(order, attempt);
    }
    List<Store> targets = new ArrayList<>();
    for (String id : wanted(order, image)) {
      targets.add(store(id));
    }
    if (targets.isEmpty()) {
      record.nothingToDo();
      return;
    }
    Sources.Source source = sources.open(image, order);
    Image now =
        database
            .read(session -> ImageTable.find(session, image.id()))
            .orElseThrow(() ->
                new ImportException(
                    ImportException.Reason.CANCELLED, "image " + image.id() + " was deleted"));
    ImageFields said = source.said().orElse(now.fields());
    ImportJob job =
        new ImportJob(
            image.id(),
            source.method(),
            said.diskFormat(),
            said.containerFormat(),
            targets,
            order.request().allMustSucceed(),
            now.fields().properties(),
            new Requester(order.caller().roles(), order.token()));
    workflow.run(job, observer.listener(record), attempt.cancellation());
  }

  /** The stores that are to get it; of copies an earlier try may have made some. */
  private static List<String> wanted(Order.Import order, Image image) {
    return order.stores().stream()
        .filter(id -> !copies(order) || !image.stores().contains(id))
        .toList();
  }

  private static boolean copies(Order.Import order) {
    return order.request().method().equals(ImportRequest.COPY_IMAGE);
  }

  private Store store(String id) throws ImportException {
    return stores
        .find(id)
        .filter(store -> !store.readOnly())
        .orElseThrow(() ->
            new ImportException(
                ImportException.Reason.STORE_FAILED,
                "node %s has no store '%s' that it may write to".formatted(node, id)));
  }

  private Outcome ended(
      Order.Import order,
      Attempt attempt,
      ImportRecord record,
      Throwable failure,
      String name,
      long started) {
    boolean again = failure instanceof ImportException known && record.beginsAgain(known);
    if (again && attempt.isHandedBack()) {
      record.handedBack("Node " + node + " has ended: another one begins again.");
      return new Outcome.Again(Duration.ZERO);
    }
    if (again && attempt.number() <= mostDeaths) {
      record.handedBack("A store has what an earlier try has left: it is tried again.");
      return new Outcome.Again(Jobs.delay(attempt.number()));
    }
    removeLeftovers(order, attempt);
    if (order.request().method().equals(ImportRequest.GLANCE_DIRECT)) {
      removeStaged(order.imageId());
    }
    record.failed(failure, order.then());
    observer.ended(name, false, System.nanoTime() - started);
    return Outcome.DONE;
  }

  /**
   * Removes from stores what no record speaks of, while the image is kept for this try, so that
   * nobody brings new data meanwhile.
   */
  private void removeLeftovers(Order.Import order, Attempt attempt) {
    List<Store> targets = order.stores().stream().flatMap(id -> stores.find(id).stream()).toList();
    database.persist(session -> {
      Optional<Image> image = ImageTable.lock(session, attempt.imageId());
      attempt.require(session);
      new Leftovers(stores).remove(attempt.imageId(), image, targets);
      return null;
    });
  }

  private void removeStaged(String imageId) {
    try {
      staging.remove(imageId);
    } catch (IOException e) {
      LOG.log(System.Logger.Level.WARNING, "image " + imageId + " stays staged", e);
    }
  }

  /** Ends what is not wanted any more, and what another node has taken over. */
  private void look() {
    for (Attempt attempt : running) {
      try {
        boolean wanted =
            database.read(session ->
                attempt.isCurrent(session) && ImageTable.exists(session, attempt.imageId()));
        if (!wanted) {
          attempt.cancellation().cancel();
        }
      } catch (RuntimeException e) {
        LOG.log(System.Logger.Level.DEBUG, "it is looked again later", e);
      }
    }
  }

  /** Ends the import of an image that is being deleted, if this node runs it. */
  public void cancel(String imageId) {
    for (Attempt attempt : running) {
      if (attempt.imageId().equals(imageId)) {
        attempt.cancellation().cancel();
      }
    }
  }

  /** How many imports are under way here. */
  public int count() {
    return running.size();
  }

  /**
   * Begins nothing any more, and waits for what is under way; what takes too long is handed back.
   *
   * @param patience how long it may go on
   */
  public void end(Duration patience) throws InterruptedException {
    ending = true;
    await(patience);
    running.forEach(Attempt::handBack);
    await(LAST_PATIENCE);
  }

  private void await(Duration most) throws InterruptedException {
    long end = System.nanoTime() + most.toNanos();
    while (!running.isEmpty() && System.nanoTime() < end) {
      Thread.sleep(20);
    }
  }

  @Override
  public void close() {
    clock.shutdown();
  }
}
