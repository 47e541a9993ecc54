package dev.platter.service;

import dev.platter.convert.Cancellation;
import dev.platter.image.ImageFormats;
import dev.platter.service.download.WebClient;
import java.nio.channels.ReadableByteChannel;
import java.util.List;
import java.util.Objects;

/**
 * Runs imports: fetches the bytes into the staging area, judges them, lets the plugins take their
 * steps, brings the result into the stores, and removes what is left, however it ends. Made once,
 * used by any number of threads; as many imports as {@link ImportSettings#concurrentImports} are
 * under way at a time.
 */
public final class ImportWorkflow {
  private final Staging staging;
  private final ImportSettings settings;
  private final List<ImportPlugin> plugins;
  private final WebClient web;
  private final ImageFormats formats = ImageFormats.present();

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
  }

  /**
   * Runs one import and returns when it is done. The image must not be imported twice at once,
   * which is for the caller to see to. Staged data of the image is removed when the import
   * succeeds, and stays when it fails, so that it can be tried again.
   *
   * @throws ImportException if it failed: no store has anything of it
   */
  public ImportResult run(ImportJob job, ImportListener listener, Cancellation cancellation)
      throws ImportException {
    throw new UnsupportedOperationException(staging + "" + settings + plugins + web + formats);
  }

  /**
   * Brings an upload straight into the first store of a job, in one pass: no staging, no plugins,
   * no conversion. It is inspected as it passes and verified as imports are. The job's method is of
   * no meaning.
   *
   * @param data a blocking channel; closed by the caller
   * @throws ImportException if it failed: the store has nothing of it
   */
  public ImportResult upload(
      ImportJob job, ReadableByteChannel data, ImportListener listener, Cancellation cancellation)
      throws ImportException {
    throw new UnsupportedOperationException();
  }
}
