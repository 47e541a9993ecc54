package dev.platter.cli;

import dev.platter.convert.Cancellation;
import dev.platter.convert.ConvertOptions;
import dev.platter.convert.Converter;
import dev.platter.convert.Progress;
import dev.platter.convert.StreamCopy;
import dev.platter.convert.TargetFile;
import dev.platter.image.BlockMap;
import dev.platter.image.ConcatenatedMap;
import dev.platter.image.IllegalOptionException;
import dev.platter.image.ImageChain;
import dev.platter.image.ImageFormat;
import dev.platter.image.ImageWriter;
import dev.platter.image.LayeredMap;
import dev.platter.image.OpenRequest;
import dev.platter.image.Snapshot;
import dev.platter.storage.FileStorage;
import dev.platter.storage.SequentialStorage;
import dev.platter.storage.Storage;
import dev.platter.storage.StreamSource;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

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
        fromStream(progress);
      } else {
        openSources();
        convert(sourceMap(), progress);
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

  /**
   * A raw disk of unknown length goes straight into a raw target, and else by way of a spool file.
   */
  private void fromStream(ProgressDisplay progress) throws IOException, Failure {
    String format = arguments.last(ConvertCommand.SOURCE_FORMAT);
    if (format == null || !format.equals(RAW)) {
      throw new Failure("standard input can only be a raw disk: add -f raw");
    }
    boolean isRawFile =
        arguments.last(ConvertCommand.TARGET_FORMAT, RAW).equals(RAW)
            && !arguments.has(ConvertCommand.TARGET_OPTIONS)
            && !arguments.has(ConvertCommand.COMPRESS)
            && !arguments.has(ConvertCommand.BACKING)
            && !arguments.has(ConvertCommand.NO_CREATE);
    try (StreamSource input = StreamSource.standardInput()) {
      int sparse = plan.options().sparseBytes();
      if (isRawFile) {
        try (TargetFile target = newTarget(true)) {
          StreamCopy.copy(input, target.storage(), sparse, progress, cancellation);
          target.publish(plan.targetCache().syncs());
        }
        return;
      }
      Path directory =
          isStream(plan.target()) ? spoolDirectory() : ImageChain.directoryOf(targetPath());
      try (FileStorage spool = FileStorage.createUnnamed(directory, input.name())) {
        StreamCopy.copy(input, spool, sparse, Progress.NONE, cancellation);
        ImageFormat raw = NewImage.format(RAW);
        try (var image = raw.open(spool, OpenRequest.strict())) {
          convert(image.map(), progress);
        }
      }
    }
  }

  private void convert(BlockMap source, ProgressDisplay progress) throws IOException, Failure {
    String formatName = arguments.last(ConvertCommand.TARGET_FORMAT, RAW);
    ImageFormat format = NewImage.format(formatName);
    CreationOptions options =
        CreationOptions.parse(
            format,
            arguments.all(ConvertCommand.TARGET_OPTIONS),
            arguments.last(ConvertCommand.BACKING),
            arguments.last(ConvertCommand.BACKING_FORMAT));
    String prefix = plan.target() + ": error while converting " + format.name() + ": ";
    try {
      options.checkComplete();
    } catch (Failure e) {
      throw new Failure(prefix + e.getMessage());
    }
    checkBacking(options);
    ConvertOptions how = plan.options();
    if (options.backing() != null) {
      boolean hasParent = source instanceof LayeredMap chain && chain.layers().size() > 1;
      how = how.withKeepBacking(hasParent);
    }
    try (Source parent = Backing.open(options, targetPath(), false);
        TargetFile target = target(options, source.size(), prefix);
        ImageWriter writer = writer(options, source.size(), target, prefix, parent)) {
      Converter.convert(source, writer, target.sequential(), how, progress, cancellation);
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
    try {
      return newTarget(options.format().writesInOrder(options.options()));
    } catch (Failure e) {
      throw new Failure(prefix + e.getMessage());
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

  private static Path spoolDirectory() {
    return Path.of(System.getProperty("java.io.tmpdir"));
  }

  /** Refuses to write onto what is being read. */
  private void refuseSource(Path path) throws Failure, IOException {
    if (!Files.exists(path) || Files.isDirectory(path)) {
      return;
    }
    try (FileStorage target = FileStorage.openForReading(path)) {
      for (Source source : sources) {
        for (ImageChain.Layer layer : source.chain().layers()) {
          Storage storage = layer.storage();
          if (storage instanceof FileStorage file && file.isSameFile(target)) {
            throw new Failure("Failed to get \"write\" lock: it is one of the source's own files");
          }
        }
      }
    }
  }
}
