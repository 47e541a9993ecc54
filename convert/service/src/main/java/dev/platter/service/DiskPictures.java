package dev.platter.service;

import dev.platter.convert.Cancellation;
import dev.platter.guest.picture.DiskPicture;
import dev.platter.guest.picture.DiskSketch;
import dev.platter.image.spi.ImageFormats;
import dev.platter.sandbox.Bounds;
import dev.platter.service.ImportException.Reason;
import dev.platter.service.inspect.FormatNames;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;

/**
 * Pictures of the disks in images that are stored already, at a bounded cost: at most {@link
 * #MOST_BYTES} are read of one, for at most {@link #LONGEST}. Where imports look into images by
 * processes of their own, so does this. For any number of threads.
 */
public final class DiskPictures {
  /** How much of an image is read, bytes. */
  public static final long MOST_BYTES = 256L << 20;

  /** How long it is read. */
  public static final Duration LONGEST = Duration.ofSeconds(20);

  private final ImportSettings settings;
  private final Staging staging;
  private final ImageFormats formats = ImageFormats.present();

  /**
   * @param settings of imports, whose limits count here, too
   * @param staging has the answers of processes
   */
  public DiskPictures(ImportSettings settings, Staging staging) {
    this.settings =
        settings.isolation().map(this::hurried).map(settings::withIsolation).orElse(settings);
    this.staging = Objects.requireNonNull(staging);
  }

  private Isolation hurried(Isolation isolation) {
    Bounds bounds = isolation.bounds();
    long processor = Math.min(bounds.processorSeconds(), LONGEST.toSeconds());
    Duration longest = isolation.longest().compareTo(LONGEST) < 0 ? isolation.longest() : LONGEST;
    return new Isolation(isolation.level(), bounds.withProcessorSeconds(processor), longest);
  }

  /** Whether files alone can be looked at, and no other storage: processes are handed files. */
  public boolean wantsFiles() {
    return settings.isolation().isPresent();
  }

  /**
   * Draws the disk in an image (SVG).
   *
   * @param title what it is called there
   * @param image stays the caller's
   * @param diskFormat what it is, in the Image API's words
   * @param containerFormat what is around it, in the same
   * @throws dev.platter.image.ImageException if it is no such image, or damaged
   * @throws ImportException if it takes too much
   */
  public String draw(
      String title, String imageId, Storage image, String diskFormat, String containerFormat)
      throws IOException {
    DiskSketch sketch = sketch(imageId, image, diskFormat, containerFormat);
    return DiskPicture.of(title, sketch, List.of("this image"));
  }

  DiskSketch sketch(String imageId, Storage image, String diskFormat, String containerFormat)
      throws IOException {
    if (!FormatNames.hasDisk(diskFormat, containerFormat)) {
      throw new ImportException(
          Reason.FORMAT_NOT_ALLOWED,
          "there is no disk to look at in " + diskFormat + " in " + containerFormat);
    }
    String format = FormatNames.isAppliance(containerFormat) ? FormatNames.OVA : diskFormat;
    String name = "image " + imageId;
    Cancellation never = new Cancellation();
    if (wantsFiles()) {
      return new IsolatedWork(settings, staging, imageId, never).sketch(image, format, name);
    }
    return new LocalWork(formats, settings, never)
        .sketch(new HurriedStorage(image, MOST_BYTES, LONGEST), format, name);
  }
}
