package dev.platter;

import dev.platter.cipher.Secret;
import dev.platter.convert.Cancellation;
import dev.platter.convert.ConvertOptions;
import dev.platter.convert.Converter;
import dev.platter.convert.Destination;
import dev.platter.convert.Progress;
import dev.platter.convert.TargetFile;
import dev.platter.image.name.References;
import dev.platter.image.spi.FileUse;
import dev.platter.image.spi.SectorSizes;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * A conversion about to be run. The target gets its name only when all of it is there: whatever
 * goes wrong before, a file of that name stays what it was.
 */
public final class Conversion {
  private final DiskSource source;
  private final Path target;
  private final NewImage image;
  private ConvertOptions how = ConvertOptions.defaults();
  private Progress progress = Progress.NONE;
  private Cancellation cancellation = new Cancellation();
  private boolean compress;
  private boolean durable = true;

  private Conversion(DiskSource source, Path target, String format) {
    this.source = source;
    this.target = target;
    this.image = new NewImage(format);
  }

  /** What is to be converted; where to, comes next. */
  public static final class Source {
    private final DiskSource source;

    Source(DiskSource source) {
      this.source = source;
    }

    /** The file to be made, or the device to be written over. */
    public Target to(Path target) {
      return new Target(source, target);
    }

    /** The same for the file of that path. */
    public Target to(String path) {
      return to(Path.of(path));
    }
  }

  /** Where to; in which format, comes next. */
  public static final class Target {
    private final DiskSource source;
    private final Path target;

    private Target(DiskSource source, Path target) {
      this.source = source;
      this.target = target;
    }

    /** The format of the new image, by name. */
    public Conversion format(String name) {
      return new Conversion(source, target, name);
    }
  }

  /**
   * What a conversion has made.
   *
   * @param size of the guest's disk, bytes
   * @param notes where the image is not quite what was asked for, a line each
   */
  public record Result(long size, List<String> notes) {}

  /** How far it is. */
  public record Status(long doneBytes, long totalBytes) {
    /** From 0 to 1. */
    public double fraction() {
      return totalBytes == 0 ? 1 : (double) doneBytes / totalBytes;
    }
  }

  /** An option of the target's format, such as {@code compression_type}. */
  public Conversion option(String key, String value) {
    image.option(key, value);
    return this;
  }

  /** Compresses blocks that shrink. */
  public Conversion compress() {
    compress = true;
    return this;
  }

  /**
   * What opens the new image, where its options say that it is encrypted.
   *
   * @param source is asked when one is wanted; the secret is closed then
   */
  public Conversion passphrase(Supplier<Secret> source) {
    image.passphrase(source);
    return this;
  }

  /** Makes identifiers and times from this text, and so the same image each time. */
  public Conversion seed(String text) {
    image.seed(text);
    return this;
  }

  /** Works on so many threads; one a core unless this says otherwise. */
  public Conversion workers(int threads) {
    how = how.withWorkers(threads);
    return this;
  }

  /** Does not wait until the image is on the medium. */
  public Conversion withoutSync() {
    durable = false;
    return this;
  }

  /** Is told how far it is, by the threads that work, one at a time. */
  public Conversion onProgress(Consumer<? super Status> listener) {
    progress = (done, total) -> listener.accept(new Status(done, total));
    return this;
  }

  /** Ends with an exception once that is pulled. */
  public Conversion cancelWith(Cancellation chosen) {
    cancellation = chosen;
    return this;
  }

  /**
   * Converts.
   *
   * @throws dev.platter.image.ImageException if the source cannot be read
   * @throws dev.platter.image.IllegalOptionException if the target cannot be as it was asked for;
   *     nothing has been written then
   * @throws Cancellation.CancelledException if it was cancelled
   */
  public Result run() throws IOException {
    image.check();
    try (Disk disk = source.open(FileUse.COPY);
        TargetFile file = TargetFile.create(target, References.within(image.directoryOf(target)));
        Destination made =
            Destination.newImage(
                image.format(), image.request(disk.size(), disk.sectorSize(), compress, file))) {
      if (!durable) {
        made.withoutSync();
      }
      Converter converter = new Converter(how, progress, cancellation);
      List<String> notes = new ArrayList<>(converter.convert(disk.layers(), made));
      SectorSizes.lost(image.format(), disk.sectorSize()).ifPresent(notes::add);
      return new Result(disk.size(), List.copyOf(notes));
    }
  }
}
