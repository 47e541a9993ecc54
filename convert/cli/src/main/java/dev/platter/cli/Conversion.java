package dev.platter.cli;

import dev.platter.convert.Cancellation;
import dev.platter.convert.ConvertOptions;
import dev.platter.convert.Converter;
import dev.platter.convert.TargetFile;
import dev.platter.image.BlockMap;
import dev.platter.image.ConcatenatedMap;
import dev.platter.image.CreateRequest;
import dev.platter.image.DiskImage;
import dev.platter.image.IllegalOptionException;
import dev.platter.image.ImageChain;
import dev.platter.image.ImageFormat;
import dev.platter.image.ImageWriter;
import dev.platter.image.LayeredMap;
import dev.platter.image.OpenRequest;
import dev.platter.image.OutOfOrderException;
import dev.platter.image.SequentialImage;
import dev.platter.image.Snapshot;
import dev.platter.image.UnwrappedStorage;
import dev.platter.image.Unwrapping;
import dev.platter.image.WrappedFiles;
import dev.platter.storage.FileStorage;
import dev.platter.storage.SequentialStorage;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One run of {@code convert}: opens the sources, makes the target, has the engine move the bytes.
 */
final class Conversion {
  private static final String STREAM = "-";
  private static final String RAW = "raw";

  private final Invocation call;
  private final Arguments arguments;
  private final ConvertPlan plan;
  private final Cancellation cancellation;
  private final List<Source> sources = new ArrayList<>();

  Conversion(Invocation call, ConvertPlan plan, Cancellation cancellation) {
    this.call = call;
    this.arguments = call.arguments();
    this.plan = plan;
    this.cancellation = cancellation;
  }

  void run() throws IOException, Failure {
    boolean toStream = isStream(plan.target());
    PrintStream shown = toStream ? call.err() : call.out();
    ProgressDisplay progress = ProgressDisplay.of(call, shown);
    try {
      if (plan.sources().size() == 1 && isStream(plan.sources().getFirst())) {
        fromStandardInput(progress);
      } else if (!inOrder(progress)) {
        openSources();
        BlockMap map = sourceMap();
        convert(map, progress);
      }
      progress.complete();
    } finally {
      progress.end();
      for (Source source : sources) {
        source.close();
      }
    }
  }

  private boolean isStream(String name) {
    return name.equals(STREAM) && call.profile().dashIsStream();
  }

  private void openSources() throws IOException, Failure {
    for (String name : plan.sources()) {
      if (isStream(name)) {
        throw new Failure("standard input can only be the one and only source");
      }
      sources.add(
          Source.open(
              name,
              arguments.last(ConvertCommand.SOURCE_FORMAT),
              arguments.last(Command.DISK),
              Unwrap.sources(call, spoolDirectory()),
              true,
              plan.sourceCache()));
    }
  }

  private BlockMap sourceMap() throws IOException, Failure {
    String wanted = arguments.last(ConvertCommand.SNAPSHOT);
    if (wanted != null && sources.size() > 1) {
      throw new Failure("No support for concatenating multiple snapshot");
    }
    if (wanted != null) {
      Snapshot snapshot = sources.getFirst().snapshot(wanted);
      return sources.getFirst().map(snapshot);
    }
    if (sources.size() == 1) {
      return sources.getFirst().map();
    }
    List<BlockMap> maps = new ArrayList<>();
    for (Source source : sources) {
      maps.add(source.map());
    }
    return new ConcatenatedMap(maps);
  }

  /** Converts what comes in order as it comes, where source and target allow that. */
  private void fromStandardInput(ProgressDisplay progress) throws IOException, Failure {
    if (arguments.has(ConvertCommand.SNAPSHOT) || arguments.has(Command.DISK)) {
      throw new Failure("standard input can only be the disk of one image");
    }
    Optional<WrappedFiles> wrapped = Unwrap.sources(call, spoolDirectory());
    try (InOrderSource input = InOrderSource.standardInput(askedFormat(), wrapped)) {
      if (input.image().isPresent() && takes(input.image().get())) {
        convert(input, progress);
        return;
      }
      try (FileStorage spool = Unwrapping.spool(input.plain(), spoolDirectory());
          DiskImage image = input.format().open(spool, OpenRequest.strict())) {
        input.checkEnd();
        if (image.parent().isPresent()) {
          throw new Failure("an image on standard input cannot have a backing file");
        }
        convert(image.map(), progress);
      }
    }
  }

  /**
   * Converts what is in a wrapped file as it is unwrapped.
   *
   * @return false if that is not how this source can be read, nothing having been done then
   */
  private boolean inOrder(ProgressDisplay progress) throws IOException, Failure {
    Path directory = spoolDirectory();
    Optional<WrappedFiles> wrapped = Unwrap.sources(call, directory);
    boolean part = arguments.has(ConvertCommand.SNAPSHOT) || arguments.has(Command.DISK);
    if (wrapped.isEmpty() || part || plan.sources().size() > 1) {
      return false;
    }
    Optional<InOrderSource> opened;
    try {
      ImageName name = ImageName.parse(plan.sources().getFirst());
      if (name.driver() != null || name.backing() != null) {
        return false;
      }
      Storage file = new FileOpener(plan.sourceCache()).open(name.path());
      opened = InOrderSource.unwrapped(file, askedFormat(), wrapped.get());
    } catch (IOException | Failure e) {
      return false; // it is told when the source is opened for good
    }
    if (opened.isEmpty()) {
      return false;
    }
    try (InOrderSource source = opened.get()) {
      if (!takes(source.image().orElseThrow())) {
        return false;
      }
      convert(source, progress);
      return true;
    } catch (OutOfOrderException e) {
      if (isSent()) {
        throw e;
      }
      return false;
    }
  }

  private Optional<ImageFormat> askedFormat() throws Failure {
    String format = arguments.last(ConvertCommand.SOURCE_FORMAT);
    if (format == null) {
      return Optional.empty();
    }
    Optional<ImageFormat> asked = Source.FORMATS.named(format);
    if (asked.isEmpty()) {
      throw new Failure("Unknown driver '" + format + "'");
    }
    return asked;
  }

  /** Whether the target can be made from an image that is read in order. */
  private boolean takes(SequentialImage image) throws Failure {
    if (arguments.has(ConvertCommand.NO_CREATE)) {
      return false; // what is there must be large enough, before anything is written to it
    }
    CreationOptions options = targetOptions();
    return options.backing() == null
        && (image.size().isPresent() || options.format().takesSizeLast(options.options()));
  }

  /** Whether what was written to the target is gone already. */
  private boolean isSent() throws Failure {
    return isStream(plan.target())
        || Files.exists(targetPath()) && !Files.isRegularFile(targetPath());
  }

  private CreationOptions targetOptions() throws Failure {
    return CreationOptions.parse(
        NewImage.format(arguments.last(ConvertCommand.TARGET_FORMAT, RAW)),
        arguments.all(ConvertCommand.TARGET_OPTIONS),
        arguments.last(ConvertCommand.BACKING),
        arguments.last(ConvertCommand.BACKING_FORMAT));
  }

  private interface Moving {
    void into(ImageWriter writer, TargetFile target) throws IOException;
  }

  private void convert(InOrderSource source, ProgressDisplay progress) throws IOException, Failure {
    SequentialImage image = source.image().orElseThrow();
    write(
        image.size().orElse(CreateRequest.UNKNOWN_SIZE),
        (writer, target) -> {
          Converter.convert(
              image, writer, target.sequential(), plan.options(), progress, cancellation);
          source.checkEnd();
        });
  }

  private void convert(BlockMap source, ProgressDisplay progress) throws IOException, Failure {
    boolean hasParent = source instanceof LayeredMap chain && chain.layers().size() > 1;
    boolean keeps = hasParent && targetOptions().backing() != null;
    ConvertOptions how = plan.options().withKeepBacking(keeps);
    write(
        source.size(),
        (writer, target) ->
            Converter.convert(source, writer, target.sequential(), how, progress, cancellation));
  }

  private void write(long size, Moving moving) throws IOException, Failure {
    CreationOptions options = targetOptions();
    String prefix = plan.target() + ": error while converting " + options.format().name() + ": ";
    try {
      options.checkComplete();
    } catch (Failure e) {
      throw new Failure(prefix + e.getMessage());
    }
    checkBacking(options);
    try (Source parent = Backing.open(options, targetPath(), false);
        TargetFile target = target(options, size, prefix);
        ImageWriter writer = writer(options, size, target, prefix, parent)) {
      moving.into(writer, target);
      writer.finish();
      NewImage.tell(call, writer);
      target.publish(plan.targetCache().syncs());
    }
  }

  private void checkBacking(CreationOptions options) throws Failure, IOException {
    if (options.backing() == null) {
      return;
    }
    if (plan.sources().size() > 1) {
      throw new Failure(
          "Having a backing file for the target makes no sense when concatenating multiple input"
              + " images");
    }
    if (options.backingFormat() == null) {
      throw new Failure("Use of backing file requires explicit backing format");
    }
    if (isStream(plan.target())) {
      throw new Failure("an image on standard output cannot have a backing file");
    }
    try {
      Backing.check(options, targetPath(), false);
    } catch (Failure e) {
      String reason = e.getMessage();
      int hint = reason.indexOf('\n');
      throw new Failure(
          "Could not open '"
              + plan.target()
              + "': Could not open backing file: "
              + (hint < 0 ? reason : reason.substring(0, hint)));
    }
  }

  private ImageWriter writer(
      CreationOptions options, long size, TargetFile target, String prefix, Source parent)
      throws Failure, IOException {
    try {
      boolean compress = arguments.has(ConvertCommand.COMPRESS);
      return options
          .format()
          .create(NewImage.request(call, options, size, compress, target, parent));
    } catch (IllegalOptionException e) {
      boolean isAboutFormat = e.getMessage().endsWith("for this file format");
      throw new Failure(isAboutFormat ? e.getMessage() : prefix + e.getMessage());
    }
  }

  private TargetFile target(CreationOptions options, long size, String prefix)
      throws Failure, IOException {
    if (arguments.has(ConvertCommand.NO_CREATE)) {
      return existingTarget(options.format(), size);
    }
    boolean inOrder = options.format().writesInOrder(options.options());
    Optional<Unwrap.Around> around = Unwrap.target(call, plan.target(), inOrder);
    try {
      TargetFile file = newTarget(inOrder);
      return around.isEmpty() ? file : wrapped(file, around.get());
    } catch (Failure e) {
      throw new Failure(prefix + e.getMessage());
    }
  }

  private TargetFile wrapped(TargetFile file, Unwrap.Around around) throws IOException {
    try {
      return TargetFile.wrapped(file, around.wrapping(), around.level(), plan.options().workers());
    } catch (Throwable e) {
      file.close();
      throw e;
    }
  }

  private TargetFile newTarget(boolean inOrder) throws Failure, IOException {
    if (isStream(plan.target())) {
      call.out().flush();
      return TargetFile.pipe(SequentialStorage.standardOutput(), inOrder, spoolDirectory());
    }
    Path path = targetPath();
    refuseSource(path);
    return NewImage.file(path, plan.targetCache());
  }

  private TargetFile existingTarget(ImageFormat format, long size) throws Failure, IOException {
    if (!format.name().equals(RAW)) {
      throw new Failure(
          "-n onto an existing image of format '" + format.name() + "' is not supported, only raw");
    }
    String name = plan.target();
    Path path = targetPath();
    refuseSource(path);
    TargetFile target;
    try {
      target =
          TargetFile.inPlace(
              path,
              arguments.has(ConvertCommand.TARGET_IS_ZERO),
              Profile.current().references(),
              NewImage.options(plan.targetCache()));
    } catch (IOException e) {
      throw new Failure(
          "Could not open '" + name + "': Could not open '" + path + "': " + Reasons.of(e));
    }
    if (target.storage().size() < size) {
      target.close();
      throw new Failure("output file is smaller than input file");
    }
    return target;
  }

  private Path targetPath() throws Failure {
    try {
      return ImageName.parse(plan.target()).path();
    } catch (Failure e) {
      throw new Failure("Could not open '" + plan.target() + "': " + e.getMessage());
    }
  }

  /** Where there is room for a disk: beside the target, unless that is no file. */
  private Path spoolDirectory() throws Failure {
    boolean isFile =
        !isStream(plan.target())
            && (!Files.exists(targetPath()) || Files.isRegularFile(targetPath()));
    return isFile ? ImageChain.directoryOf(targetPath()) : Unwrapping.spoolDirectory();
  }

  /** Refuses to write onto what is being read. */
  private void refuseSource(Path path) throws Failure, IOException {
    if (!Files.exists(path) || Files.isDirectory(path)) {
      return;
    }
    try (FileStorage target = FileStorage.openForReading(path)) {
      for (Source source : sources) {
        for (ImageChain.Layer layer : source.chain().layers()) {
          Storage storage =
              layer.storage() instanceof UnwrappedStorage wrapped
                  ? wrapped.packed()
                  : layer.storage();
          if (storage instanceof FileStorage file && file.isSameFile(target)) {
            throw new Failure("Failed to get \"write\" lock: it is one of the source's own files");
          }
        }
      }
    }
  }
}
