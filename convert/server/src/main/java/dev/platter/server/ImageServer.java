package dev.platter.server;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.platter.server.cache.CacheApi;
import dev.platter.server.cache.ImageCache;
import dev.platter.server.cache.Prefetcher;
import dev.platter.server.config.ImportOptions;
import dev.platter.server.config.NodeSettings;
import dev.platter.server.config.NodeSettings.Role;
import dev.platter.server.config.OriginSettings;
import dev.platter.server.data.DownloadApi;
import dev.platter.server.data.UploadApi;
import dev.platter.server.db.Database;
import dev.platter.server.db.DatabaseException;
import dev.platter.server.health.Health;
import dev.platter.server.health.HealthApi;
import dev.platter.server.http.HttpServer;
import dev.platter.server.http.Json;
import dev.platter.server.http.Router;
import dev.platter.server.identity.Caller;
import dev.platter.server.identity.Callers;
import dev.platter.server.identity.Identity;
import dev.platter.server.image.ImageApi;
import dev.platter.server.image.ImageLimits;
import dev.platter.server.image.ImageView;
import dev.platter.server.image.Images;
import dev.platter.server.image.LocationApi;
import dev.platter.server.image.LocationChanges;
import dev.platter.server.image.MemberApi;
import dev.platter.server.image.Removal;
import dev.platter.server.image.TagApi;
import dev.platter.server.imports.FailureText;
import dev.platter.server.imports.ImportApi;
import dev.platter.server.imports.ImportRecovery;
import dev.platter.server.imports.ImportWorker;
import dev.platter.server.imports.Imports;
import dev.platter.server.imports.LegacyImport;
import dev.platter.server.imports.LocationImport;
import dev.platter.server.imports.OtherRegions;
import dev.platter.server.info.JsonLog;
import dev.platter.server.info.Metrics;
import dev.platter.server.info.OpenApi;
import dev.platter.server.info.SchemaApi;
import dev.platter.server.info.VersionApi;
import dev.platter.server.job.Jobs;
import dev.platter.server.metadef.ItemApi;
import dev.platter.server.metadef.NamespaceApi;
import dev.platter.server.node.Nodes;
import dev.platter.server.node.StagingLock;
import dev.platter.server.policy.LiveRules;
import dev.platter.server.quota.Quotas;
import dev.platter.server.store.Reaper;
import dev.platter.server.store.StoreApi;
import dev.platter.server.store.Stores;
import dev.platter.server.task.TaskApi;
import dev.platter.server.task.Tasks;
import dev.platter.server.tls.ServerTls;
import dev.platter.server.turn.FairTurns;
import dev.platter.server.ui.PageApi;
import dev.platter.server.ui.PictureApi;
import dev.platter.service.DiskPictures;
import dev.platter.service.ImportListener;
import dev.platter.service.ImportWorkflow;
import dev.platter.service.OwnerOnly;
import dev.platter.service.Staging;
import dev.platter.service.download.HttpDownloads;
import dev.platter.service.download.HttpGate;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.logging.Level;
import java.util.logging.Logger;

/** The service, put together: everything is made here, and given what it needs. */
public final class ImageServer implements AutoCloseable {
  private static final Logger ACCESS = Logger.getLogger(JsonLog.ACCESS);

  /** How often it is looked what dead nodes have left, seconds. */
  private static final long RECOVERY_STEP = 5;

  private final Settings settings;
  private final ImportOptions options;
  private final Optional<StagingLock> stagingLock;
  private final Database database;
  private final Nodes nodes;
  private final Images images;
  private final Quotas quotas;
  private final Stores stores;
  private final Staging staging;
  private final Tasks tasks;
  private final HttpDownloads downloads;
  private final Optional<OtherRegions> regions;
  private final ImportWorker worker;
  private final Jobs jobs;
  private final Reaper reaper;
  private final HttpServer http;
  private final Router router = new Router();
  private final Metrics metrics = new Metrics();
  private final ScheduledExecutorService periodic = clock("periodic");
  private final ScheduledExecutorService recovering = clock("recovery");
  private Optional<TaskApi> taskApi = Optional.empty();

  /** Opens what the settings name, and puts right what its last end has left. */
  public ImageServer(Settings settings) throws IOException {
    this(settings, settings.identity().open(), UnaryOperator.identity());
  }

  /**
   * The same with another way to know who asks.
   *
   * @param listeners wraps what is told how imports go
   */
  ImageServer(Settings settings, Identity identity, UnaryOperator<ImportListener> listeners)
      throws IOException {
    this.settings = settings;
    options = settings.imports();
    NodeSettings.Sharing sharing = settings.node().sharing();
    Optional<ServerTls> tls =
        settings.http().tls().isPresent()
            ? Optional.of(settings.http().tls().get().open())
            : Optional.empty();
    OwnerOnly.makeDirectory(settings.node().data());
    OwnerOnly.makeDirectory(settings.node().staging());
    stagingLock =
        sharing.sharedStaging()
            ? Optional.empty()
            : Optional.of(StagingLock.take(settings.node().staging()));
    database = settings.database().open();
    boolean alone = settings.database().embedded();
    if (alone) {
      Jobs.takeOver(database);
    }
    Optional<String> cacheUrl =
        settings.cache().directory().flatMap(cached -> settings.http().selfUrl());
    nodes = new Nodes(database, settings.node(), cacheUrl, alone);
    images = new Images(database, new LiveRules(settings.rules()));
    quotas = settings.quotas().open(database);
    regions =
        options.regions().isPresent()
            ? Optional.of(OtherRegions.open(options.regions().get(), options.downloadTimeout()))
            : Optional.empty();
    HttpGate gate = options.openGate();
    stores = new Stores(settings.stores(), gate, images::ownerOf);
    // What others are filling nobody has written to for so long is of nobody who lives.
    staging =
        Staging.open(
            settings.node().staging(),
            sharing.sharedStaging() ? options.settings().pace().longest() : Duration.ZERO);
    tasks = new Tasks(database, settings.node().name(), settings.node().taskTimeToLive());
    downloads = new HttpDownloads(gate, 3, 1000);
    reaper = new Reaper(database, stores);
    ImportRecovery recovery = new ImportRecovery(database, stores, tasks, staging, nodes, sharing);
    recovery.run();
    EmptiedDatabase.warn(database, stores);
    worker = worker(sharing, listeners);
    jobs =
        new Jobs(
            database, nodes, sharing, sharing.role() == Role.API, options.importTurns(), worker);
    metrics.watchImports(worker::count, known(() -> Jobs.waiting(database)), known(nodes::workers));
    if (sharing.role() != Role.WORKER) {
      addApi();
    }
    metrics.addTo(router);
    Health health =
        new Health(
            settings.health(),
            database,
            settings.node().data(),
            settings.node().staging(),
            nodes,
            stores);
    new HealthApi(health, images).addTo(router);
    metrics.watchStores(health::stores);
    http =
        new HttpServer(
            new HttpServer.Address(settings.http().host(), settings.http().port(), tls),
            new HttpServer.Patience(settings.http().silence(), settings.http().drain()),
            settings.http().origins().map(OriginSettings::open),
            new Callers(identity, who -> images.policy().isAdmin(who)),
            router,
            this::answered);
    schedule(recovering, recovery, RECOVERY_STEP);
    schedule(periodic, reaper, 60);
    schedule(periodic, tasks::removeExpired, 600);
    tls.ifPresent(certificate -> schedule(periodic, certificate::refresh, 10));
  }

  private ImportWorker worker(
      NodeSettings.Sharing sharing, UnaryOperator<ImportListener> listeners) {
    FailureText failures = new FailureText(settings.directories());
    return new ImportWorker(
        images,
        stores,
        tasks,
        staging,
        new ImportWorkflow(staging, options.settings(), options.createPlugins(), downloads),
        settings.node().name(),
        sharing.mostDeaths(),
        new LocationImport(database, stores, tasks, failures, options.locations()),
        failures,
        regions,
        settings.images().limits(),
        new WatchedImports(listeners, quotas, metrics));
  }

  /** What callers ask. */
  private void addApi() throws IOException {
    ImageLimits limits = settings.images().limits();
    ImageCache cache =
        new ImageCache(
            database,
            nodes.name(),
            settings.cache().directory().orElse(null),
            settings.cache().maxSize());
    boolean showLocations = settings.images().showLocations();
    ImageApi records =
        new ImageApi(
            images,
            limits,
            quotas,
            settings.images().schema(),
            new ImageView(
                showLocations,
                settings.images().showDirectUrl(),
                stores.several(),
                stores::inOrder),
            new LocationChanges(
                showLocations, settings.images().hashAlgorithm(), limits, images, stores),
            new Removal(images, new DataRemoval(worker, staging, cache, reaper)),
            created(options.methods(), stores));

    new VersionApi(stores.several(), cache.enabled(), settings.http().publicEndpoint())
        .addTo(router);
    new SchemaApi(settings.images().schema()).addTo(router);
    records.addTo(router);
    new MemberApi(images, limits).addTo(router);
    new TagApi(images, limits).addTo(router);
    addTransfers(limits, cache);
    Imports imports = new Imports(images, stores, tasks, nodes, jobs, options.importTurns());
    new ImportApi(images, stores, options.methods(), options.filter(), imports, quotas)
        .addTo(router);
    new LocationApi(images, stores, options.filter(), imports).addTo(router);
    TaskApi told =
        new TaskApi(
            images,
            tasks,
            new LegacyImport(stores, records, limits, tasks, options.filter(), imports),
            limits.defaultPage(),
            limits.largestPage());
    told.addTo(router);
    taskApi = Optional.of(told);
    new StoreApi(images, stores, reaper, options.methods(), quotas).addTo(router);
    addCache(cache);
    new NamespaceApi(database, images::policy, settings.images().metadefQuota()).addTo(router);
    new ItemApi(database, images::policy, settings.images().metadefQuota()).addTo(router);
    new OpenApi().addTo(router);
    if (settings.http().page()) {
      new PageApi().addTo(router);
    }
  }

  private void addTransfers(ImageLimits limits, ImageCache cache) {
    // Uploads wait for their senders: they have turns of their own, and no others.
    ImportWorkflow uploads =
        new ImportWorkflow(
            staging,
            options.settings().withConcurrentImports(options.uploadTurns().count()),
            options.createPlugins(),
            downloads);
    boolean seenByAll = nodes.alone() || settings.node().sharing().sharedStaging();
    new UploadApi(
            images,
            limits,
            quotas,
            stores,
            staging,
            uploads,
            new FairTurns(options.uploadTurns(), options.patience()),
            nodes,
            seenByAll ? Optional.empty() : Optional.of(nodes.name()),
            metrics::stored)
        .addTo(router);
    FairTurns readers = new FairTurns(options.downloadTurns(), options.patience());
    new DownloadApi(images, stores, cache, readers, options.settings().pace(), metrics::sent)
        .addTo(router);
    DiskPictures pictures = new DiskPictures(options.settings(), staging);
    new PictureApi(images, stores, cache, pictures, readers).addTo(router);
  }

  private void addCache(ImageCache cache) {
    Prefetcher prefetcher = new Prefetcher(database, cache, stores);
    new CacheApi(
            images,
            cache,
            nodes,
            new CacheApi.Settings(settings.http().selfUrl(), settings.cache().stallTime()),
            () -> periodic.execute(careful(prefetcher)))
        .addTo(router);
    if (cache.enabled()) {
      schedule(periodic, prefetcher, settings.cache().interval().toSeconds());
      schedule(periodic, cache::removeDeleted, 60);
    }
  }

  private static ScheduledExecutorService clock(String name) {
    return Executors.newSingleThreadScheduledExecutor(
        Thread.ofPlatform().daemon().name(name).factory());
  }

  /** A number that the database knows; nothing while it is away. */
  private static Supplier<OptionalInt> known(IntSupplier number) {
    return () -> {
      try {
        return OptionalInt.of(number.getAsInt());
      } catch (DatabaseException e) {
        return OptionalInt.empty();
      }
    };
  }

  /** What a client can do with an image that was just made. */
  private static Map<String, String> created(List<String> methods, Stores stores) {
    Map<String, String> headers = new LinkedHashMap<>();
    if (!methods.isEmpty()) {
      headers.put("OpenStack-image-import-methods", String.join(",", methods));
    }
    if (stores.several()) {
      headers.put(
          "OpenStack-image-store-ids",
          String.join(
              ",",
              stores.all().stream()
                  .map(Stores.Entry::store)
                  .filter(store -> !store.readOnly())
                  .map(store -> store.id())
                  .toList()));
    }
    return headers;
  }

  private static void schedule(ScheduledExecutorService clock, Runnable work, long seconds) {
    var unused = clock.scheduleWithFixedDelay(careful(work), seconds, seconds, TimeUnit.SECONDS);
  }

  private static Runnable careful(Runnable work) {
    return () -> {
      try {
        work.run();
      } catch (RuntimeException e) {
        System.getLogger(ImageServer.class.getName())
            .log(System.Logger.Level.WARNING, "periodic work failed", e);
      }
    };
  }

  /** Begins to answer, and to run imports. */
  public void start() throws IOException {
    http.start();
    jobs.start();
  }

  /** The port that it listens on. */
  public int port() {
    return http.port();
  }

  /** How callers reach it: http, or https. */
  public String scheme() {
    return http.scheme();
  }

  /** Where its records are. */
  Database database() {
    return database;
  }

  /** How many imports this node runs. */
  int importsUnderWay() {
    return worker.count();
  }

  /** All that it answers. */
  Router router() {
    return router;
  }

  private void answered(
      String method, String template, String path, Caller caller, int status, long nanos) {
    metrics.answered(method, template, status, nanos);
    ObjectNode entry = Json.object();
    entry.put("method", method);
    entry.put("path", path);
    entry.put("status", status);
    entry.put("milliseconds", nanos / 1_000_000);
    entry.put("request_id", caller.requestId());
    entry.put("project", caller.projectId());
    entry.put("user", caller.userId());
    ACCESS.log(Level.INFO, "request", entry);
  }

  /**
   * Ends: takes nothing new, and gives what is under way the time that is set. Imports that take
   * longer are handed back, and begun again by another node, or by this one when it is back.
   */
  @Override
  public void close() throws IOException {
    long end = System.nanoTime() + settings.http().drain().toNanos();
    jobs.pause();
    // Not interrupted: that would close the file of an embedded database.
    recovering.shutdown();
    periodic.shutdown();
    taskApi.ifPresent(TaskApi::close); // else its streams would be waited for
    http.close();
    try {
      worker.end(Duration.ofNanos(Math.max(0, end - System.nanoTime())));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    jobs.close();
    worker.close();
    nodes.close();
    regions.ifPresent(OtherRegions::close);
    downloads.close();
    database.close();
    if (stagingLock.isPresent()) {
      stagingLock.get().close();
    }
  }
}
