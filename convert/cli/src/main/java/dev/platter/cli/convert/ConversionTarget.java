package dev.platter.cli.convert;

import dev.platter.cli.image.CreationOptions;
import dev.platter.cli.image.NewImage;
import dev.platter.cli.image.Wrap;
import dev.platter.cli.line.Arguments;
import dev.platter.cli.line.Command;
import dev.platter.cli.line.Failure;
import dev.platter.cli.line.Invocation;
import dev.platter.cli.line.NamedFiles;
import dev.platter.cli.source.Access;
import dev.platter.cli.source.Source;
import dev.platter.cli.text.Reasons;
import dev.platter.convert.TargetFile;
import dev.platter.image.name.ImageName;
import dev.platter.image.node.Nodes;
import dev.platter.image.spi.CreateRequest;
import dev.platter.image.spi.FileUse;
import dev.platter.image.wrap.Unwrapping;
import dev.platter.storage.FileStorage;
import dev.platter.storage.Location;
import dev.platter.storage.LockedException;
import dev.platter.storage.SequentialStorage;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;

/** Where a conversion goes: a new file, one that exists, a device, or standard output. */
final class ConversionTarget {
  private static final String STREAM = "-";
  private static final String ZERO = "zeroinit:";

  /** A name of standard output. */
  static final String STANDARD_OUTPUT = "/dev/stdout";

  private static final List<String> OUTPUTS =
      List.of(STANDARD_OUTPUT, "/dev/fd/1", "/proc/self/fd/1");

  private final Invocation call;
  private final Arguments arguments;
  private final ConvertPlan plan;
  private final AskedDigests digests;

  ConversionTarget(Invocation call, ConvertPlan plan, AskedDigests digests) {
    this.call = call;
    this.arguments = call.arguments();
    this.plan = plan;
    this.digests = digests;
  }

  /** Whether a name means standard input or output. */
  static boolean isStream(Invocation call, String name) {
    return name.equals(STREAM) && call.profile().dashIsStream();
  }

  /** Whether it is standard output, by whatever name. */
  boolean isStream() {
    boolean byPath = call.profile().dashIsStream() || plan.window().isPresent();
    return byPath && OUTPUTS.contains(plan.target()) || isStream(call, plan.target());
  }

  /** Whether it is a file, old or new, which appears only when all of it is there. */
  boolean isFile() throws Failure {
    if (isStream() || location().path().isEmpty()) {
      return false;
    }
    Path path = location().file();
    return !Files.exists(path) || Files.isRegularFile(path);
  }

  /**
   * Opens it.
   *
   * @param prefix how messages begin
   * @param openFiles the files that are being read, which it must not be
   */
  TargetFile open(CreationOptions options, long size, String prefix, List<Storage> openFiles)
      throws Failure, IOException {
    boolean inOrder = options.format().writesInOrder(options.options());
    List<Wrap.Around> arounds = Wrap.target(call, plan.target(), inOrder);
    if (arguments.has(Command.NO_CREATE)) {
      return existingTarget(size, openFiles);
    }
    try {
      TargetFile file = newTarget(options, openFiles);
      if (options.format().isPlain() && arounds.isEmpty()) {
        requireRoom(file, size);
      }
      return wrapped(file, arounds, size);
    } catch (Failure e) {
      throw e.retold(prefix + e.getMessage());
    }
  }

  /** Whether its size must be known before its bytes. */
  boolean needsSize(CreationOptions options) throws Failure {
    boolean inOrder = options.format().writesInOrder(options.options());
    for (Wrap.Around around : Wrap.target(call, plan.target(), inOrder)) {
      if (around.wrapping().needsSize()) {
        return true;
      }
    }
    return false;
  }

  private TargetFile wrapped(TargetFile plain, List<Wrap.Around> arounds, long size)
      throws IOException {
    OptionalLong known =
        size == CreateRequest.UNKNOWN_SIZE ? OptionalLong.empty() : OptionalLong.of(size);
    TargetFile file = plain;
    try {
      for (Wrap.Around around : arounds) {
        file =
            TargetFile.wrapped(
                file, around.wrapping(), known, around.level(), plan.options().workers());
      }
      return file;
    } catch (Throwable e) {
      file.close();
      throw e;
    }
  }

  private TargetFile newTarget(CreationOptions options, List<Storage> openFiles)
      throws Failure, IOException {
    if (isStream()) {
      call.out().flush();
      return TargetFile.pipe(digests.watched(SequentialStorage.standardOutput()));
    }
    Location location = location();
    refuseSource(location, openFiles);
    return NewImage.file(call, location, options, plan.caches().target());
  }

  /**
   * Whether it is an image that exists, whose disk is written over; a raw one that is named by its
   * name is not: its bytes are written.
   */
  boolean isExistingImage() throws Failure {
    return arguments.has(Command.NO_CREATE)
        && (byOptions() || !NewImage.isPlain(plan.targetFormat()) || Nodes.isMade(location()));
  }

  private boolean byOptions() {
    return arguments.has(ConvertCommand.TARGET_IMAGE_OPTS);
  }

  /** Opens the disk of an image that exists. */
  ExistingDisk openDisk(long size, List<Storage> openFiles) throws Failure, IOException {
    refuseSource(location(), openFiles);
    return ExistingDisk.open(
        call,
        image(),
        byOptions(),
        byOptions() ? null : plan.targetFormat(),
        plan.caches().target(),
        size,
        isZero());
  }

  /** Opens what the image holds now, to be read. */
  Source reopened() throws Failure, IOException {
    Access access = Access.reading(call, FileUse.READ).namedByOptions(byOptions());
    return Source.open(image(), byOptions() ? null : plan.targetFormat(), true, access);
  }

  /** What is given as the target, without the word for one that is zero (as Proxmox has it). */
  private String image() {
    return plan.target().startsWith(ZERO) ? plan.target().substring(ZERO.length()) : plan.target();
  }

  private boolean isZero() {
    return arguments.has(ConvertCommand.TARGET_IS_ZERO) || plan.target().startsWith(ZERO);
  }

  private TargetFile existingTarget(long size, List<Storage> openFiles)
      throws Failure, IOException {
    String name = image();
    Location location = location();
    refuseSource(location, openFiles);
    TargetFile target;
    try {
      target =
          TargetFile.inPlace(
              location,
              isZero(),
              FileUse.OVERWRITE,
              call.profile().references(),
              NewImage.options(plan.caches().target()));
    } catch (LockedException e) {
      throw Failure.cannotOpen(name, e.reason(), e);
    } catch (IOException e) {
      throw new Failure(
          "Could not open '" + name + "': Could not open '" + location + "': " + Reasons.of(e));
    }
    requireRoom(target, size);
    return target;
  }

  /** Sees that what is written in place can hold the disk, before anything is written. */
  private static void requireRoom(TargetFile target, long size) throws Failure, IOException {
    if (target.isInPlace() && target.storage().size() < size) {
      target.close();
      throw new Failure("output file is smaller than input file");
    }
  }

  /** Where it is, unless it is standard output. */
  Location location() throws Failure {
    return name().location();
  }

  /** Its name, unless it is standard output. */
  ImageName name() throws Failure {
    return Source.name(call.profile(), image(), byOptions());
  }

  /** Tells of the file that it is, for a process that can open no others. */
  void named(NamedFiles files) throws Failure {
    if (arguments.has(Command.NO_CREATE) || arguments.has(BaseConversion.BASE)) {
      files.andChanging(image(), byOptions());
    } else if (!isStream()) {
      files.andMaking(plan.target());
    }
  }

  /** What answers call it. */
  String shown() throws Failure {
    return isStream() ? STREAM : name().shown();
  }

  /** Where there is room for a disk: beside the target, unless that is no file. */
  Path spoolDirectory() throws Failure {
    return isFile() ? Location.directoryOf(location().file()) : Unwrapping.spoolDirectory();
  }

  /** Refuses to write onto what is being read. */
  private static void refuseSource(Location location, List<Storage> openFiles)
      throws Failure, IOException {
    if (location.path().isEmpty()) {
      for (Storage storage : openFiles) {
        if (storage.name().equals(location.toString())) {
          throw new Failure("'" + location + "' is the source, too");
        }
      }
      return;
    }
    Path path = location.file();
    if (!Files.exists(path) || Files.isDirectory(path)) {
      return;
    }
    try (FileStorage target = FileStorage.openForReading(path)) {
      for (Storage storage : openFiles) {
        if (storage instanceof FileStorage file && file.isSameFile(target)) {
          throw new Failure("Failed to get \"write\" lock: it is one of the source's own files");
        }
      }
    }
  }
}
