package dev.platter.service;

import dev.platter.convert.Cancellation;
import dev.platter.image.spi.ImageFormats;
import dev.platter.service.ImportException.Reason;
import dev.platter.service.ImportListener.Phase;
import dev.platter.service.inspect.ImageInspector;
import dev.platter.service.inspect.Inspection;
import dev.platter.service.store.Store;
import dev.platter.storage.FileStorage;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;

/** One import, from its bytes to its stores. */
final class ImportRun {
  private final ImportJob job;
  private final Staging staging;
  private final ImportSettings settings;
  private final List<ImportPlugin> plugins;
  private final WebClient web;
  private final ImageFormats formats;
  private final ImportListener listener;
  private final Cancellation cancellation;
  private final Admission admission;
  private final ImageWork work;
  private final Delivery delivery;
  private final List<StoredCopy> copies = new CopyOnWriteArrayList<>();
  private final Map<String, String> failed = new LinkedHashMap<>();

  ImportRun(
      ImportJob job,
      Staging staging,
      ImportSettings settings,
      List<ImportPlugin> plugins,
      WebClient web,
      ImageFormats formats,
      ImportListener listener,
      Cancellation cancellation) {
    this.job = job;
    this.staging = staging;
    this.settings = settings;
    this.plugins = plugins;
    this.web = web;
    this.formats = formats;
    this.listener = listener;
    this.cancellation = cancellation;
    this.admission = new Admission(settings);
    this.work =
        settings.isolation().isPresent()
            ? new IsolatedWork(settings, staging, job.imageId(), cancellation)
            : new LocalWork(formats, settings, cancellation);
    this.delivery = new Delivery(job, settings, formats, work, listener, cancellation);
  }

  /** Until it returns, whatever fails undoes all that was done. */
  ImportResult run() throws IOException {
    try {
      ImportResult result =
          job.method() instanceof ImportMethod.CopyImage copy ? copyImage(copy) : importImage();
      listener.phase(Phase.CLEANING);
      listener.completed(result);
      return result;
    } catch (IOException | RuntimeException e) {
      withdraw(e);
      throw e;
    }
  }

  private ImportResult importImage() throws IOException {
    admission.judgeClaims(job.diskFormat(), job.containerFormat());
    try (FileStorage uploaded = fetch()) {
      Inspection found = inspect(uploaded);
      boolean unwraps = plugins.stream().anyMatch(plugin -> plugin.unwraps(job, found));
      Inspection taken = unwraps ? found : judge(found);
      try (Draft draft = new Draft(job, settings, staging, work, cancellation, uploaded, taken)) {
        runPlugins(draft);
        if (job.method() instanceof ImportMethod.ConvertImage wanted) {
          draft.mustBecome(wanted.target(), job.stores());
        }
        if (unwraps && !draft.contentChanged()) {
          judge(found);
        }
        store(draft);
        return new ImportResult(copies, failed, draft.properties());
      }
    }
  }

  private FileStorage fetch() throws IOException {
    listener.phase(Phase.FETCHING);
    return switch (job.method()) {
      case ImportMethod.WebDownload web -> download(() -> this.web.open(web.uri()));
      case ImportMethod.GlanceDownload other -> download(other::open);
      case ImportMethod.ConvertImage other -> copyOf(other);
      default ->
          staging
              .find(job.imageId())
              .orElseThrow(() ->
                  new ImportException(
                      Reason.NO_DATA, "there is no staged data of image " + job.imageId()));
    };
  }

  /** A copy stays what it is, and whether it is what its record says is known before it is used. */
  private FileStorage copyOf(ImportMethod.ConvertImage other) throws IOException {
    FileStorage file = staging.newFile(job.imageId());
    try (Storage source = other.source().open(other.location())) {
      BoundedStorage bounded =
          new BoundedStorage(file, settings.imageSizeCap(), staging::requireRoom, cancellation);
      HashAlgorithm algorithm =
          other.expected().map(Fingerprint::algorithm).orElse(settings.hashAlgorithm());
      Fingerprint found =
          new StorageCopy(
                  source,
                  bounded,
                  false,
                  (done, total) -> listener.progress(Phase.FETCHING, done, total))
              .digesting(algorithm, cancellation);
      if (other.expected().isPresent() && !other.expected().get().equals(found)) {
        throw new ImportException(
            Reason.CONVERSION_FAILED,
            "%s is not what its record says: it has %s, expected %s"
                .formatted(source.name(), found, other.expected().get()));
      }
      return file;
    } catch (Throwable e) {
      file.close();
      throw e;
    }
  }

  /** Begins to fetch. */
  private interface Opener {
    WebClient.Download open() throws IOException;
  }

  /** Stops as soon as the head says that it is not what it should be. */
  private FileStorage download(Opener opener) throws IOException {
    FileStorage file = staging.newFile(job.imageId());
    try (WebClient.Download download = opener.open()) {
      long total = download.size().orElse(0);
      if (total > settings.imageSizeCap()) {
        throw new ImportException(
            Reason.TOO_LARGE,
            "the image has %d bytes, at most %d are allowed"
                .formatted(total, settings.imageSizeCap()));
      }
      ImageInspector inspector = new ImageInspector(formats);
      boolean looks = settings.isolation().isEmpty(); // else this process looks into no image
      long[] done = {0};
      MeteredChannel.Watch watch =
          bytes -> {
            done[0] += bytes.remaining();
            if (looks) {
              inspector.feed(bytes);
              stopIfWrong(inspector);
            }
            listener.progress(Phase.FETCHING, done[0], total);
          };
      cancellation.whenCancelled(download::abort);
      staging.fill(
          file, download.body(), settings.imageSizeCap(), settings.pace(), watch, cancellation);
      return file;
    } catch (Throwable e) {
      file.close();
      throw e;
    }
  }

  private void stopIfWrong(ImageInspector inspector) throws ImportException {
    Optional<String> early = inspector.earlyFormat();
    boolean plain = job.containerFormat().equals("bare");
    if (settings.requireFormatMatch()
        && plain
        && early.filter(format -> !format.equals(job.diskFormat())).isPresent()) {
      throw new ImportException(
          Reason.FORMAT_MISMATCH,
          "the image is said to be '" + job.diskFormat() + "', and is '" + early.get() + "'");
    }
  }

  private Inspection inspect(FileStorage uploaded) throws IOException {
    listener.phase(Phase.INSPECTING);
    if (uploaded.size() > settings.imageSizeCap()) {
      throw new ImportException(
          Reason.TOO_LARGE, "the image has more than " + settings.imageSizeCap() + " bytes");
    }
    Inspection found = work.inspect(uploaded);
    listener.inspected(found);
    return found;
  }

  private Inspection judge(Inspection found) throws ImportException {
    return admission.judge(found, job.diskFormat(), job.containerFormat());
  }

  private void runPlugins(Draft draft) throws IOException {
    listener.phase(Phase.PLUGINS);
    for (ImportPlugin plugin : plugins) {
      checkCancelled();
      plugin.run(draft);
      Map<String, String> learnt = draft.takeLearnt();
      if (!learnt.isEmpty()) {
        listener.propertiesLearnt(learnt);
      }
    }
  }

  private void checkCancelled() throws ImportException {
    if (cancellation.isCancelled()) {
      throw new ImportException(Reason.CANCELLED, "the import was cancelled");
    }
  }

  private void store(Draft draft) throws IOException {
    listener.phase(Phase.STORING);
    boolean told = false;
    String announced = job.diskFormat() + "/" + job.containerFormat();
    List<Store> copied = new ArrayList<>();
    for (Store store : job.stores()) {
      Optional<String> target = draft.targetFor(store);
      String format = target.orElse(draft.diskFormat());
      String container = target.isPresent() ? "bare" : draft.containerFormat();
      if (!told && !announced.equals(format + "/" + container)) {
        listener.formatChanged(format, container);
      }
      told = true;
      boolean plain = target.isPresent() || !draft.needsSeal();
      if (settings.parallelStores() > 1 && plain && known(format).isPresent()) {
        copied.add(store); // of what an earlier one has
      } else {
        attempt(store, () -> bring(draft, store, target));
      }
    }
    sideBySide(copied, store -> attempt(store, () -> bring(draft, store, draft.targetFor(store))));
    finishStores();
  }

  /** What is done for a store. */
  private interface Step {
    void run(Store store) throws IOException;
  }

  /** Does it for as many stores at once as the deployer allows, and waits for all of them. */
  private void sideBySide(List<Store> stores, Step step) throws IOException {
    if (stores.isEmpty()) {
      return;
    }
    List<Future<Void>> begun = new ArrayList<>();
    AtomicBoolean given = new AtomicBoolean();
    try (ExecutorService threads =
        Executors.newFixedThreadPool(
            Math.min(stores.size(), settings.parallelStores()),
            Thread.ofPlatform().name("store-", 0).factory())) {
      for (Store store : stores) {
        begun.add(
            threads.submit(() -> {
              if (!given.get()) { // what will be taken back need not be brought
                try {
                  step.run(store);
                } catch (IOException | RuntimeException e) {
                  given.set(true);
                  throw e;
                }
              }
              return null;
            }));
      }
    }
    for (Future<Void> each : begun) {
      try {
        each.get();
      } catch (ExecutionException e) {
        throw e.getCause() instanceof IOException failure
            ? failure
            : new IOException("a store failed", e.getCause());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new ImportException(Reason.CANCELLED, "interrupted", e);
      }
    }
  }

  /** One way to bring an image into a store. */
  private interface Attempt {
    StoredCopy run() throws IOException;
  }

  /** Another store's failure is no reason to give up, unless all must succeed. */
  private void attempt(Store store, Attempt attempt) throws IOException {
    checkCancelled();
    StoredCopy copy;
    try {
      copy = attempt.run();
    } catch (ImportException e) {
      throw e;
    } catch (IOException e) {
      checkCancelled();
      listener.storeFailed(store.id(), e);
      synchronized (failed) {
        failed.put(store.id(), String.valueOf(e.getMessage()));
      }
      if (job.allStoresMustSucceed()) {
        throw new ImportException(
            Reason.STORE_FAILED,
            "store '" + store.id() + "' does not have the image: " + e.getMessage(),
            e);
      }
      return;
    }
    copies.add(copy);
    listener.stored(copy);
  }

  private void finishStores() throws ImportException {
    if (copies.isEmpty()) {
      throw new ImportException(Reason.STORE_FAILED, "no store has the image: " + failed);
    }
  }

  /** A later store gets a copy of what an earlier one has, where that is what it wants. */
  private StoredCopy bring(Draft draft, Store store, Optional<String> target) throws IOException {
    if (target.isEmpty()) {
      Delivery.Goods goods =
          new Delivery.Goods(
              draft.content(),
              draft.diskFormat(),
              draft.containerFormat(),
              draft.inspection().virtualSize().orElse(draft.content().size()));
      boolean seals = draft.contentChanged() && draft.needsSeal();
      if (seals) {
        draft.seal(draft.content());
      }
      return delivery.copy(goods, store, known(goods.diskFormat()).map(StoredCopy::fingerprint));
    }
    Optional<StoredCopy> earlier = known(target.get());
    if (earlier.isEmpty()) {
      draft.willChange();
      StoredCopy copy = delivery.convert(draft, store, target.get());
      if (copies.isEmpty()) { // the record speaks of the first
        draft.forget(draft.inspection().untrueAs(target.get()));
      }
      return copy;
    }
    try (Storage source = storeOf(earlier.get()).open(earlier.get().stored().location())) {
      Delivery.Goods goods =
          new Delivery.Goods(
              source,
              earlier.get().diskFormat(),
              earlier.get().containerFormat(),
              earlier.get().virtualSize());
      return delivery.copy(goods, store, Optional.of(earlier.get().fingerprint()));
    }
  }

  private Optional<StoredCopy> known(String diskFormat) {
    return copies.stream().filter(copy -> copy.diskFormat().equals(diskFormat)).findFirst();
  }

  private Store storeOf(StoredCopy copy) {
    return job.stores().stream()
        .filter(store -> store.id().equals(copy.storeId()))
        .findFirst()
        .orElseThrow();
  }

  private ImportResult copyImage(ImportMethod.CopyImage method) throws IOException {
    listener.phase(Phase.STORING);
    for (Store store : job.stores()) {
      attempt(store, () -> copyTo(method, store));
    }
    finishStores();
    return new ImportResult(copies, failed, job.properties());
  }

  private StoredCopy copyTo(ImportMethod.CopyImage method, Store store) throws IOException {
    try (Storage source = method.source().open(method.location())) {
      long virtualSize = method.virtualSize().orElse(source.size());
      Delivery.Goods goods =
          new Delivery.Goods(source, job.diskFormat(), job.containerFormat(), virtualSize);
      return delivery.copyVerified(goods, store, method.expected());
    }
  }

  /** Takes back what stores have, because the import failed after all. */
  private void withdraw(Throwable why) {
    try {
      listener.phase(Phase.CLEANING);
    } catch (IOException | RuntimeException e) {
      why.addSuppressed(e);
    }
    for (StoredCopy copy : copies.reversed()) {
      try {
        listener.withdraw(copy, () -> storeOf(copy).delete(copy.stored().location()));
      } catch (IOException | RuntimeException e) {
        why.addSuppressed(e);
      }
    }
    copies.clear();
  }
}
