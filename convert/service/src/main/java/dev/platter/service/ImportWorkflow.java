package dev.platter.service;

import dev.platter.convert.Cancellation;
import dev.platter.image.spi.ImageFormats;
import dev.platter.service.ImportException.Reason;
import dev.platter.service.ImportListener.Phase;
import dev.platter.service.inspect.Inspection;
import java.io.IOException;
import java.nio.channels.ReadableByteChannel;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.concurrent.Semaphore;

/**
 * Runs imports: fetches the bytes into the staging area, judges them, lets the plugins take their
 * steps, brings the result into the stores, and removes what is left, however it ends. Made once,
 * used by any number of threads; as many imports as {@link ImportSettings#concurrentImports} are
 * under way at a time.
 */
public final class ImportWorkflow {
  private static final System.Logger LOG = System.getLogger(ImportWorkflow.class.getName());

  private final Staging staging;
  private final ImportSettings settings;
  private final List<ImportPlugin> plugins;
  private final WebClient web;
  private final ImageFormats formats = ImageFormats.present();
  private final Semaphore permits;

  /**
   * @param plugins run in this order; not for copies between stores
   * @param web fetches for {@link ImportMethod.WebDownload}
   */
  public ImportWorkflow(
      Staging staging, ImportSettings settings, List<ImportPlugin> plugins, WebClient web) {
    this.staging = Objects.requireNonNull(staging);
    this.settings = Objects.requireNonNull(settings);
    this.plugins = List.copyOf(plugins);
    this.web = Objects.requireNonNull(web);
    this.permits = new Semaphore(settings.concurrentImports(), true);
  }

  /** What the deployer decided. */
  public ImportSettings settings() {
    return settings;
  }

  /**
   * Runs one import and returns when it is done. The image must not be imported twice at once,
   * which is for the caller to see to. Staged data of the image is removed however the import ends,
   * unless the listener says that it {@linkplain ImportListener#beginsAgain begins again}.
   *
   * @param cancellation ends the import when it is pulled
   * @throws ImportException if it failed: no store has anything of it
   */
  public ImportResult run(ImportJob job, ImportListener listener, Cancellation cancellation)
      throws ImportException {
    try {
      ImportResult result =
          guarded(
              listener,
              cancellation,
              told ->
                  new ImportRun(job, staging, settings, plugins, web, formats, told, cancellation)
                      .run());
      try {
        discardStaged(job);
      } catch (IOException e) {
        LOG.log(System.Logger.Level.WARNING, "image " + job.imageId() + " stays staged", e);
      }
      return result;
    } catch (ImportException e) {
      try {
        if (!listener.beginsAgain(e)) {
          discardStaged(job);
        }
      } catch (IOException discarding) {
        e.addSuppressed(discarding);
      }
      throw e;
    }
  }

  private void discardStaged(ImportJob job) throws IOException {
    if (job.method() instanceof ImportMethod.GlanceDirect) {
      staging.remove(job.imageId());
    }
  }

  /**
   * Brings an upload straight into the first store of a job, in one pass: no staging, no plugins
   * but those that watch uploads, no conversion. It is inspected as it passes. The job's method is
   * of no meaning.
   *
   * @param data a blocking channel; closed by the caller
   * @param expectedSize how many bytes were announced; another number is an error
   * @throws ImportException if it failed: the store has nothing of it
   */
  public ImportResult upload(
      ImportJob job,
      ReadableByteChannel data,
      OptionalLong expectedSize,
      ImportListener listener,
      Cancellation cancellation)
      throws ImportException {
    return guarded(
        listener,
        cancellation,
        told ->
            new UploadRun(job, settings, plugins, formats, told, cancellation)
                .run(data, expectedSize));
  }

  /** One import. */
  private interface Work {
    ImportResult run(ImportListener listener) throws IOException;
  }

  /** Waits for a turn, works, and sees that whatever is wrong has a reason. */
  private ImportResult guarded(ImportListener listener, Cancellation cancellation, Work work)
      throws ImportException {
    boolean permitted = false;
    try {
      ImportListener told = new InTurn(listener);
      told.phase(Phase.WAITING);
      permits.acquire();
      permitted = true;
      return work.run(told);
    } catch (ImportException e) {
      throw e;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ImportException(Reason.CANCELLED, "interrupted while waiting for its turn", e);
    } catch (IOException | RuntimeException e) {
      boolean cancelled = cancellation.isCancelled();
      throw new ImportException(
          cancelled ? Reason.CANCELLED : Reason.INTERNAL,
          cancelled ? "the import was cancelled" : "the import failed: " + e.getMessage(),
          e);
    } finally {
      if (permitted) {
        permits.release();
      }
    }
  }

  /** Lets one thread at a time through, as listeners may expect. */
  private record InTurn(ImportListener listener) implements ImportListener {
    @Override
    public synchronized void phase(Phase phase) throws IOException {
      listener.phase(phase);
    }

    @Override
    public synchronized void progress(Phase phase, long done, long total) {
      listener.progress(phase, done, total);
    }

    @Override
    public synchronized void inspected(Inspection inspection) throws IOException {
      listener.inspected(inspection);
    }

    @Override
    public synchronized void formatChanged(String diskFormat, String containerFormat)
        throws IOException {
      listener.formatChanged(diskFormat, containerFormat);
    }

    @Override
    public synchronized void propertiesLearnt(Map<String, String> properties) throws IOException {
      listener.propertiesLearnt(properties);
    }

    @Override
    public synchronized void stored(StoredCopy copy) throws IOException {
      listener.stored(copy);
    }

    @Override
    public synchronized void storeFailed(String storeId, IOException reason) throws IOException {
      listener.storeFailed(storeId, reason);
    }

    @Override
    public synchronized void completed(ImportResult result) throws IOException {
      listener.completed(result);
    }

    @Override
    public synchronized void withdraw(StoredCopy copy, Removal removal) throws IOException {
      listener.withdraw(copy, removal);
    }
  }
}
