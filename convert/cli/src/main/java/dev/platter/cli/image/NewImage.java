package dev.platter.cli.image;

import dev.platter.cli.line.BuildTime;
import dev.platter.cli.line.Command;
import dev.platter.cli.line.Failure;
import dev.platter.cli.line.Invocation;
import dev.platter.cli.line.Option;
import dev.platter.cli.progress.Interruption;
import dev.platter.cli.source.CacheMode;
import dev.platter.cli.source.Source;
import dev.platter.cli.text.Reasons;
import dev.platter.convert.ConvertOptions;
import dev.platter.convert.Converter;
import dev.platter.convert.Destination;
import dev.platter.convert.EmptyDisk;
import dev.platter.convert.Progress;
import dev.platter.convert.TargetFile;
import dev.platter.image.Identity;
import dev.platter.image.IllegalOptionException;
import dev.platter.image.disk.LayeredMap;
import dev.platter.image.node.Nodes;
import dev.platter.image.spi.CreateRequest;
import dev.platter.image.spi.FileUse;
import dev.platter.image.spi.ImageFormat;
import dev.platter.image.spi.ImageFormats;
import dev.platter.storage.FileOption;
import dev.platter.storage.Location;
import dev.platter.storage.LockedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** Makes the files of new images. */
public final class NewImage {
  /** The format of a new image of which none is said. */
  public static final String USUAL_FORMAT = ImageFormats.PLAIN;

  private NewImage() {}

  /** The format of that name, of which images are made. */
  public static ImageFormat format(Invocation call, String name) throws Failure {
    ImageFormat format = known(call, name);
    if (!format.isMade()) {
      throw new Failure("Format driver '" + format.name() + "' does not support image creation");
    }
    return format;
  }

  /** The format of that name, whether images of it are made or only read. */
  public static ImageFormat known(Invocation call, String name) throws Failure {
    return Source.FORMATS
        .named(name)
        .orElseThrow(() -> new Failure(Source.unknown(call.profile(), "file format", name)));
  }

  /**
   * Tells that a raw disk is made where the name of its file says that it is something else, and no
   * option says what it is; qemu-img says nothing.
   *
   * @param option the one that would say it
   */
  public static void warnOfRaw(Invocation call, String name, Option option) {
    int dot = name.lastIndexOf('.');
    if (call.profile().asQemuImg() || call.has(option) || call.has(Command.QUIET) || dot < 0) {
      return;
    }
    Optional<ImageFormat> format = Source.FORMATS.named(name.substring(dot + 1));
    if (format.isPresent() && format.get().isMade() && !format.get().isPlain()) {
      call.complain(
          "warning: '"
              + name
              + "' becomes a raw disk; -"
              + option.letters().charAt(0)
              + " "
              + format.get().name()
              + " makes what its name says");
    }
  }

  /** Whether there is a format of that name whose images are the disk's bytes and nothing else. */
  public static boolean isPlain(String name) {
    return Source.FORMATS.named(name).filter(ImageFormat::isPlain).isPresent();
  }

  /** Sees that something can be made at a location. */
  public static void checkPlace(Location location) throws Failure {
    if (location.path().isEmpty() && Nodes.isMade(location)) {
      throw new Failure(
          "Protocol driver '" + location.scheme() + "' does not support image creation");
    }
  }

  /** The file of a new image, with the words that qemu-img has for what can go wrong. */
  public static TargetFile file(
      Invocation call, Location location, CreationOptions image, CacheMode cache) throws Failure {
    try {
      return TargetFile.create(
          location, image.place(), call.profile().references(), options(cache));
    } catch (LockedException e) {
      throw Failure.locked("", e);
    } catch (IOException e) {
      throw new Failure("Could not create '" + location + "': " + Reasons.of(e));
    }
  }

  private static Optional<TargetFile> elsewhere(
      Invocation call, Location location, CreationOptions image) throws Failure {
    try {
      return TargetFile.elsewhere(location, image.place(), call.profile().references());
    } catch (IOException e) {
      throw new Failure("Could not create '" + location + "': " + Reasons.of(e));
    }
  }

  /** How files are opened for writing under a cache mode. */
  public static FileOption[] options(CacheMode cache) {
    return cache.isDirect() ? new FileOption[] {FileOption.DIRECT} : new FileOption[0];
  }

  /** Refuses times that are none. */
  public static void checkSeed(Invocation call) throws Failure {
    identity(call);
  }

  /** What tells the new image from all others: random, unless a seed is given. */
  private static Identity identity(Invocation call) throws Failure {
    String seed = call.arguments().last(Command.SEED);
    Optional<Instant> time = BuildTime.set();
    if (seed != null) {
      return Identity.seeded(seed, time.orElse(Instant.EPOCH));
    }
    return time.isPresent()
        ? Identity.seeded(UUID.randomUUID().toString(), time.get())
        : Identity.random();
  }

  /**
   * What the format needs to know of a new image.
   *
   * @param parent the backing file, open; null: there is none, or it need not be there
   */
  public static CreateRequest request(
      Invocation call,
      CreationOptions options,
      long size,
      boolean compress,
      TargetFile target,
      Source parent)
      throws Failure {
    return new CreateRequest(
        size,
        options.options().with(call.passphrases()),
        compress,
        options.parent(),
        target,
        identity(call),
        Optional.ofNullable(parent).map(source -> source.chain().top().image()));
  }

  /**
   * Makes an image in which nothing is written.
   *
   * @param parent as for {@link #request}
   */
  public static void createEmpty(
      Invocation call, CreationOptions options, Location location, long size, Source parent)
      throws Failure, IOException {
    try (Interruption interruption = Interruption.listen();
        TargetFile target = emptyFile(call, location, options);
        Destination image =
            Destination.newImage(
                options.format(), request(call, options, size, false, target, parent))) {
      ConvertOptions absent = ConvertOptions.defaults().withWorkers(1).withKeepBacking(true);
      Converter converter = new Converter(absent, Progress.NONE, interruption.cancellation());
      LayeredMap nothing = new LayeredMap(List.of(new EmptyDisk(size)));
      tell(call, converter.convert(nothing, image.withoutSync()));
    } catch (IllegalOptionException e) {
      throw new Failure(e.getMessage());
    } catch (LockedException e) {
      throw Failure.locked("", e);
    }
  }

  /** Tells what is not quite as it was asked for. */
  public static void tell(Invocation call, List<String> notes) {
    if (!call.has(Command.QUIET)) {
      for (String note : notes) {
        call.complain(note);
      }
    }
  }

  /** A device keeps what it holds: to be empty, an image need not be zero. */
  private static TargetFile emptyFile(Invocation call, Location location, CreationOptions options)
      throws Failure, IOException {
    if (location.path().isPresent()) {
      Path path = location.file();
      if (!Files.exists(path) || Files.isRegularFile(path) || Files.isDirectory(path)) {
        return file(call, location, options, CacheMode.UNSAFE);
      }
    }
    Optional<TargetFile> made = elsewhere(call, location, options);
    if (made.isPresent()) {
      return made.get();
    }
    try {
      return TargetFile.inPlace(location, true, FileUse.REPLACE, call.profile().references());
    } catch (LockedException e) {
      throw Failure.locked("", e);
    }
  }
}
