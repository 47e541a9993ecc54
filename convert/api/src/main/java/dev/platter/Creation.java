package dev.platter;

import dev.platter.cipher.Secret;
import dev.platter.convert.ConvertOptions;
import dev.platter.convert.Converter;
import dev.platter.convert.Destination;
import dev.platter.convert.EmptyDisk;
import dev.platter.convert.TargetFile;
import dev.platter.image.name.References;
import java.io.IOException;
import java.nio.file.Path;
import java.util.OptionalInt;
import java.util.function.Supplier;

/** A new and empty image about to be made. */
public final class Creation {
  private final Path target;
  private final NewImage image;
  private final long size;

  private Creation(Path target, String format, long size) {
    this.target = target;
    this.image = new NewImage(format);
    this.size = size;
  }

  /** Where it will be; its format comes next. */
  public static final class Target {
    private final Path target;

    Target(Path target) {
      this.target = target;
    }

    /** The format of the new image, by name. */
    public Sized format(String name) {
      return new Sized(target, name);
    }
  }

  /** In which format; its size comes next. */
  public static final class Sized {
    private final Path target;
    private final String format;

    private Sized(Path target, String format) {
      this.target = target;
      this.format = format;
    }

    /** The size of the guest's disk, bytes. */
    public Creation size(long bytes) {
      return new Creation(target, format, bytes);
    }
  }

  /** An option of the format. */
  public Creation option(String key, String value) {
    image.option(key, value);
    return this;
  }

  /**
   * What opens the new image, where its options say that it is encrypted.
   *
   * @param source is asked when one is wanted; the secret is closed then
   */
  public Creation passphrase(Supplier<Secret> source) {
    image.passphrase(source);
    return this;
  }

  /** Makes identifiers and times from this text, and so the same image each time. */
  public Creation seed(String text) {
    image.seed(text);
    return this;
  }

  /**
   * Makes it.
   *
   * @throws dev.platter.image.IllegalOptionException if it cannot be as it was asked for
   */
  public void run() throws IOException {
    image.check();
    try (TargetFile file = TargetFile.create(target, References.within(image.directoryOf(target)));
        Destination made =
            Destination.newImage(
                image.format(), image.request(size, OptionalInt.empty(), false, file))) {
      new Converter(ConvertOptions.defaults().withWorkers(1)).convert(new EmptyDisk(size), made);
    }
  }
}
