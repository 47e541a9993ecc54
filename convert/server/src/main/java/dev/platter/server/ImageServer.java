package dev.platter.server;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.platter.server.cache.CacheApi;
import dev.platter.server.cache.ImageCache;
import dev.platter.server.cache.Prefetcher;
import dev.platter.server.config.ImportOptions;
import dev.platter.server.config.OriginSettings;
import dev.platter.server.data.DownloadApi;
import dev.platter.server.data.UploadApi;
import dev.platter.server.db.Database;
import dev.platter.server.db.Session;
import dev.platter.server.health.Health;
import dev.platter.server.health.HealthApi;
import dev.platter.server.http.HttpServer;
import dev.platter.server.http.Json;
import dev.platter.server.http.Router;
import dev.platter.server.identity.Caller;
import dev.platter.server.identity.Callers;
import dev.platter.server.identity.Identity;
import dev.platter.server.image.Image;
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
import dev.platter.server.imports.Imports;
import dev.platter.server.imports.LegacyImport;
import dev.platter.server.imports.LocationImport;
import dev.platter.server.imports.OtherRegions;
import dev.platter.server.info.JsonLog;
import dev.platter.server.info.Metrics;
import dev.platter.server.info.OpenApi;
import dev.platter.server.info.SchemaApi;
import dev.platter.server.info.VersionApi;
import dev.platter.server.metadef.ItemApi;
import dev.platter.server.metadef.NamespaceApi;
import dev.platter.server.policy.LiveRules;
import dev.platter.server.quota.Quotas;
import dev.platter.server.store.Reaper;
import dev.platter.server.store.StoreApi;
import dev.platter.server.store.Stores;
import dev.platter.server.task.TaskApi;
import dev.platter.server.task.Tasks;
import dev.platter.server.tls.ServerTls;
import dev.platter.server.turn.FairSlots;
import dev.platter.server.turn.FairTurns;
import dev.platter.server.ui.PageApi;
import dev.platter.service.HashAlgorithm;
import dev.platter.service.ImportListener;
import dev.platter.service.ImportWorkflow;
import dev.platter.service.OwnerOnly;
import dev.platter.service.Staging;
import dev.platter.service.download.HttpDownloads;
import dev.platter.service.download.HttpGate;
import java.io.IOException;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.logging.Level;
import java.util.logging.Logger;

/** The service, put together: everything is made here, and given what it needs. */
public final class ImageServer implements AutoCloseable {
  private static final Logger ACCESS = Logger.getLogger(JsonLog.ACCESS);

  private final Database database;
  private final HttpDownloads downloads;
  private final Imports imports;
  private final TaskApi taskApi;
  private final Optional<OtherRegions> regions;
  private final HttpServer http;
  private final Router router = new Router();
  private final Metrics metrics = new Metrics();
  private final ScheduledExecutorService periodic =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("periodic").factory());

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
    ImportOptions options = settings.imports();
    ImageLimits limits = settings.images().limits();
    HashAlgorithm hashAlgorithm = settings.images().hashAlgorithm();
    String node = settings.node().name();
    Optional<ServerTls> tls =
        settings.http().tls().isPresent()
            ? Optional.of(settings.http().tls().get().open())
            : Optional.empty();
    OwnerOnly.makeDirectory(settings.node().data());
    database = settings.database().open();
    LiveRules rules = new LiveRules(settings.rules());
    Images images = new Images(database, rules);
    Quotas quotas = settings.quotas().open(database);
    regions =
        options.regions().isPresent()
            ? Optional.of(OtherRegions.open(options.regions().get(), options.downloadTimeout()))
            : Optional.empty();
    HttpGate gate = options.openGate();
    Stores stores = new Stores(settings.stores(), gate);
    Staging staging = Staging.open(settings.node().staging());
    Tasks tasks = new Tasks(database, node, settings.node().taskTimeToLive());
    FailureText failures = new FailureText(settings.directories());
    downloads = new HttpDownloads(gate, 3, 1000);
    ImportWorkflow workflow =
        new ImportWorkflow(staging, options.settings(), options.createPlugins(), downloads);
    if (settings.database().embedded()) {
      claimAll(node);
    }
    new ImportRecovery(database, stores, tasks, staging, node).run();
    warnIfEmptied(stores);
    // Uploads wait for their senders: they have turns of their own, and no others.
    ImportWorkflow uploads =
        new ImportWorkflow(
            staging,
            options.settings().withConcurrentImports(options.uploadTurns().count()),
            options.createPlugins(),
            downloads);
    imports =
        new Imports(
            images,
            stores,
            tasks,
            staging,
            workflow,
            node,
            new FairSlots(options.importTurns()),
            failures,
            regions,
            limits,
            observer(listeners, quotas));
    metrics.watchImports(imports::count);
    ImageCache cache =
        new ImageCache(
            database, node, settings.cache().directory().orElse(null), settings.cache().maxSize());
    Reaper reaper = new Reaper(database, stores);
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
            new LocationChanges(showLocations, hashAlgorithm, limits, images, stores),
            new Removal(images, new DataRemoval(imports, staging, cache, reaper)),
            created(options.methods(), stores));

    new VersionApi(stores.several(), cache.enabled(), settings.http().publicEndpoint())
        .addTo(router);
    new SchemaApi(settings.images().schema()).addTo(router);
    records.addTo(router);
    new MemberApi(images, limits).addTo(router);
    new TagApi(images, limits).addTo(router);
    new UploadApi(
            images,
            limits,
            quotas,
            stores,
            staging,
            uploads,
            new FairTurns(options.uploadTurns(), options.patience()),
            node,
            metrics::stored)
        .addTo(router);
    new DownloadApi(
            images,
            stores,
            cache,
            new FairTurns(options.downloadTurns(), options.patience()),
            options.settings().pace(),
            metrics::sent)
        .addTo(router);
    new ImportApi(images, stores, options.methods(), options.filter(), imports, quotas)
        .addTo(router);
    new LocationApi(
            images,
            stores,
            options.filter(),
            new LocationImport(images, stores, tasks, imports, failures, options.locations()))
        .addTo(router);
    taskApi =
        new TaskApi(
            images,
            tasks,
            new LegacyImport(images, records, limits, tasks, options.filter(), imports),
            limits.defaultPage(),
            limits.largestPage());
    taskApi.addTo(router);
    new StoreApi(images, stores, reaper, options.methods(), quotas).addTo(router);
    Prefetcher prefetcher = new Prefetcher(database, cache, stores);
    Optional<String> selfUrl = settings.http().selfUrl();
    cache.announce(cache.enabled() ? selfUrl : Optional.empty());
    new CacheApi(
            images,
            cache,
            new CacheApi.Settings(selfUrl, settings.cache().stallTime()),
            () -> periodic.execute(careful(prefetcher)))
        .addTo(router);
    new NamespaceApi(database, images::policy, settings.images().metadefQuota()).addTo(router);
    new ItemApi(database, images::policy, settings.images().metadefQuota()).addTo(router);
    metrics.addTo(router);
    new OpenApi().addTo(router);
    if (settings.http().page()) {
      new PageApi().addTo(router);
    }
    Health health =
        new Health(
            settings.health(), database, settings.node().data(), settings.node().staging(), stores);
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
    schedule(reaper, 60);
    schedule(tasks::removeExpired, 600);
    tls.ifPresent(certificate -> schedule(certificate::refresh, 10));
    if (cache.enabled()) {
      schedule(prefetcher, settings.cache().interval().toSeconds());
    }
  }

  /** An embedded database has one node, whatever name it had: what is unfinished is ours. */
  private void claimAll(String node) {
    database.update("UPDATE images SET busy_node = ? WHERE busy_node IS NOT NULL", node);
    database.update("UPDATE tasks SET node = ?", node);
  }

  /**
   * Stores that are full beside a database that is empty: somebody should look, before it grows.
   */
  private void warnIfEmptied(Stores stores) {
    boolean empty =
        database
            .read(session ->
                session.first(
                    "SELECT id FROM images UNION ALL SELECT id FROM deleted_images LIMIT 1",
                    row -> row.getString(1)))
            .isEmpty();
    if (!empty) {
      return;
    }
    for (Stores.Entry entry : stores.all()) {
      try {
        if (!entry.store().readOnly() && entry.store().holdsImages()) {
          System.getLogger(ImageServer.class.getName())
              .log(
                  System.Logger.Level.ERROR,
                  "THE DATABASE IS EMPTY, AND STORE {0} HOLDS IMAGES: is this the right database?"
                      + " Nothing in the store is touched.",
                  entry.store().id());
        }
      } catch (IOException e) {
        System.getLogger(ImageServer.class.getName())
            .log(System.Logger.Level.WARNING, "store {0}: {1}", entry.store().id(), e.getMessage());
      }
    }
  }

  private Imports.Observer observer(UnaryOperator<ImportListener> listeners, Quotas quotas) {
    return new Imports.Observer() {
      @Override
      public void ended(String method, boolean success, long nanos) {
        metrics.imported(method, success, nanos);
      }

      @Override
      public ImportListener listener(ImportListener record) {
        return listeners.apply(record);
      }

      @Override
      public void stored(Session session, Image image) throws SQLException {
        quotas.checkStored(session, image.fields().owner());
      }

      @Override
      public void copied(String store, long bytes) {
        metrics.stored(store, bytes);
      }

      @Override
      public void storeFailed(String store) {
        metrics.storeFailed(store);
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

  private void schedule(Runnable work, long seconds) {
    var unused = periodic.scheduleWithFixedDelay(careful(work), seconds, seconds, TimeUnit.SECONDS);
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

  /** Begins to answer. */
  public void start() throws IOException {
    http.start();
  }

  /** The port that it listens on. */
  public int port() {
    return http.port();
  }

  /** How callers reach it: http, or https. */
  public String scheme() {
    return http.scheme();
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

  /** Ends: running requests are given the time that is set, and imports a moment. */
  @Override
  public void close() throws IOException {
    periodic.shutdownNow();
    taskApi.close(); // else its streams would be waited for
    http.close();
    imports.close();
    regions.ifPresent(OtherRegions::close);
    downloads.close();
    database.close();
  }
}
