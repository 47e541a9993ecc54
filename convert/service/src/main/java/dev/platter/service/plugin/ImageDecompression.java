package dev.platter.service.plugin;

import dev.platter.image.ImageException;
import dev.platter.image.wrap.UnwrapLimits;
import dev.platter.service.ImportDraft;
import dev.platter.service.ImportException;
import dev.platter.service.ImportException.Reason;
import dev.platter.service.ImportJob;
import dev.platter.service.ImportPlugin;
import dev.platter.service.inspect.Inspection;
import java.io.IOException;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Unpacks images that are in one of the known compressions, unless their container is {@code
 * compressed}, which says that they are meant to be; a {@code docker} archive stays what it is,
 * too. What comes out is inspected and judged like an upload. Bombs end at the limits.
 *
 * @param limits how much may come out of how much
 */
public record ImageDecompression(UnwrapLimits limits) implements ImportPlugin {
  private static final Set<String> AS_THEY_ARE = Set.of("compressed", "docker");

  /** The usual limits. */
  public ImageDecompression() {
    this(UnwrapLimits.DEFAULT);
  }

  public ImageDecompression {
    Objects.requireNonNull(limits);
  }

  /**
   * By settings: {@code max_size}, how many bytes may come out, however small the image is.
   *
   * @throws IllegalArgumentException if it is no number
   */
  static ImageDecompression of(Map<String, String> settings) {
    String most = settings.get("max_size");
    return most == null
        ? new ImageDecompression()
        : new ImageDecompression(UnwrapLimits.atMost(Long.parseLong(most)).raisedBy("max_size"));
  }

  @Override
  public String name() {
    return "image_decompression";
  }

  @Override
  public boolean unwraps(ImportJob job, Inspection found) {
    return unwraps(job.containerFormat(), found);
  }

  private static boolean unwraps(String container, Inspection found) {
    return !AS_THEY_ARE.contains(container) && found.containerFormat().equals("compressed");
  }

  @Override
  public void run(ImportDraft draft) throws IOException {
    if (!unwraps(draft.containerFormat(), draft.inspection())) {
      return;
    }
    try {
      draft.unwrap(limits);
    } catch (ImageException e) {
      throw new ImportException(
          Reason.PLUGIN, "the image cannot be unpacked: " + e.getMessage(), e);
    }
  }
}
