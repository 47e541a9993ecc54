package dev.platter.cli.convert;

import dev.platter.cli.command.Sparsify;
import dev.platter.cli.image.Backing;
import dev.platter.cli.image.CreationOptions;
import dev.platter.cli.image.NewImage;
import dev.platter.cli.line.Arguments;
import dev.platter.cli.line.Command;
import dev.platter.cli.line.Failure;
import dev.platter.cli.line.Invocation;
import dev.platter.cli.progress.ProgressDisplay;
import dev.platter.cli.source.Access;
import dev.platter.cli.source.FileOpener;
import dev.platter.cli.source.InOrderSource;
import dev.platter.cli.source.Source;
import dev.platter.cli.source.Unwrap;
import dev.platter.convert.Cancellation;
import dev.platter.convert.ConvertOptions;
import dev.platter.convert.Converter;
import dev.platter.convert.Destination;
import dev.platter.convert.Progress;
import dev.platter.convert.TargetFile;
import dev.platter.image.BlockMap;
import dev.platter.image.DiskImage;
import dev.platter.image.IllegalOptionException;
import dev.platter.image.OutOfOrderException;
import dev.platter.image.Snapshot;
import dev.platter.image.chain.ImageChain;
import dev.platter.image.chain.UnwrappedStorage;
import dev.platter.image.chain.WrappedFiles;
import dev.platter.image.disk.LayeredMap;
import dev.platter.image.name.ImageName;
import dev.platter.image.spi.CreateRequest;
import dev.platter.image.spi.FileUse;
import dev.platter.image.spi.ImageFormat;
import dev.platter.image.spi.OpenRequest;
import dev.platter.image.spi.SectorSizes;
import dev.platter.image.spi.SequentialImage;
import dev.platter.image.support.ConcatenatedMap;
import dev.platter.image.wrap.Unwrapping;
import dev.platter.storage.FileStorage;
import dev.platter.storage.LockedException;
import dev.platter.storage.Storage;
import dev.platter.storage.StreamSource;
import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * One run of {@code convert}: opens the sources, makes the target, has the engine move the bytes.
 */
final class Conversion {
  private final Invocation call;
  private final Arguments arguments;
  private final ConvertPlan plan;
  private final AskedDigests digests;
  private final ConversionTarget target;
  private final LargerDisk larger;
  private final Cancellation cancellation;
  private final List<Source> sources = new ArrayList<>();

  /** The files that are being read, which must not be written. */
  private final List<Storage> openFiles = new ArrayList<>();

  /** What the target gets of the source beside its disk; null: nothing. */
  private BitmapCopy bitmaps;

  /** Of the sectors that the guest sees, where the source says it. */
  private OptionalInt sectorSize = OptionalInt.empty();

  Conversion(Invocation call, ConvertPlan plan, Cancellation cancellation) throws Failure {
    this.call = call;
    this.arguments = call.arguments();
    this.plan = plan;
    this.digests = AskedDigests.of(call, cancellation);
    this.target = new ConversionTarget(call, plan, digests);
    this.larger = new LargerDisk(call);
    this.cancellation = cancellation;
  }

  void run() throws IOException, Failure {
    boolean toStream = target.isStream();
    Sparsify.check(
        call,
        plan.sources().size() == 1 && isStream(plan.sources().getFirst()),
        List.of(ConvertCommand.BACKING, ConvertCommand.BITMAPS, BaseConversion.BASE));
    PrintStream shown = toStream ? call.err() : call.out();
    ProgressDisplay progress = ProgressDisplay.of(call, shown);
    try {
      if (arguments.has(BaseConversion.BASE)) {
        overBase(progress);
      } else if (plan.sources().size() == 1 && isStream(plan.sources().getFirst())) {
        fromStream(progress);
      } else if (!inOrder(progress)) {
        openSources();
        if (arguments.has(ConvertCommand.BITMAPS)) {
          bitmaps = BitmapCopy.of(call, sources);
        }
        collectFiles();
        BlockMap map = Sparsify.zeroed(call, sourceMap(), sources.getFirst().name().shown());
        tellRemarks();
        sectorSize = sectorSize();
        convert(windowed(map), progress);
      }
      for (Source source : sources) {
        digests.sourceRead(ownFile(source.chain().top()), source.name().shown());
      }
      progress.complete();
      digests.tell(shown, target.shown());
    } finally {
      progress.end();
      for (Source source : sources) {
        source.close();
      }
    }
  }

  /** Writes what is otherwise than on the disk that the target holds. */
  private void overBase(Progress progress) throws IOException, Failure {
    openSources();
    collectFiles();
    BlockMap map = sourceMap();
    tellRemarks();
    boolean isWhole = sources.size() == 1 && !arguments.has(ConvertCommand.SNAPSHOT);
    new BaseConversion(call, plan, target, progress, cancellation)
        .run(map, isWhole ? Optional.of(sources.getFirst()) : Optional.empty(), openFiles, digests);
  }

  private boolean isStream(String name) throws IOException {
    return InOrderSource.isNamed(call, name)
        || plan.window().isPresent() && InOrderSource.isPipe(name);
  }

  /** The part of the source that is taken. */
  private BlockMap windowed(BlockMap source) {
    if (plan.window().isEmpty()) {
      return source;
    }
    Window window = plan.window().get();
    if (window.isBehind(source.size())) {
      call.complain(plan.sources().getFirst() + ": cannot skip to specified offset");
    }
    return window.of(source);
  }

  private void tellRemarks() {
    for (Source source : sources) {
      for (String remark : source.chain().top().image().remarks()) {
        call.complain("warning: " + source.name().shown() + ": " + remark);
      }
    }
  }

  /** The size of the sectors that the guest sees, where all sources agree in it. */
  private OptionalInt sectorSize() throws IOException {
    OptionalInt common = sources.getFirst().chain().top().image().sectorSize();
    for (Source source : sources) {
      OptionalInt own = source.chain().top().image().sectorSize();
      if (own.orElse(SectorSizes.USUAL) != common.orElse(SectorSizes.USUAL)) {
        call.complain(
            "warning: "
                + source.name().shown()
                + ": it has sectors of "
                + own.orElse(SectorSizes.USUAL)
                + " bytes, the one before of "
                + common.orElse(SectorSizes.USUAL)
                + ": joined, the guest will see ones of "
                + SectorSizes.USUAL);
        return OptionalInt.empty();
      }
    }
    return common;
  }

  private void openSources() throws IOException, Failure {
    for (String name : plan.sources()) {
      if (isStream(name)) {
        throw new Failure("'" + name + "': a stream can only be the one and only source");
      }
      sources.add(
          Source.open(
              name,
              plan.sourceFormat(),
              arguments.last(Command.DISK),
              wrapped(),
              true,
              Access.reading(call, FileUse.COPY, plan.caches().source())));
    }
  }

  /** How sources are unwrapped: what must go into a file goes beside the target. */
  private Optional<WrappedFiles> wrapped() throws Failure {
    return call.profile().unwraps()
        ? Unwrap.sources(call, target.spoolDirectory())
        : Optional.empty();
  }

  private void collectFiles() {
    openFiles.clear();
    for (Source source : sources) {
      for (ImageChain.Layer layer : source.chain().layers()) {
        openFiles.add(ownFile(layer));
      }
    }
  }

  /** The file that is read for an image. */
  static Storage ownFile(ImageChain.Layer layer) {
    return layer.storage() instanceof UnwrappedStorage wrapped ? wrapped.packed() : layer.storage();
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
  private void fromStream(ProgressDisplay progress) throws IOException, Failure {
    if (arguments.has(ConvertCommand.SNAPSHOT) || arguments.has(Command.DISK)) {
      throw new Failure("a stream can only be the disk of one image");
    }
    if (arguments.has(ConvertCommand.BITMAPS)) {
      throw new Failure("a stream can only be a disk, without bitmaps of it");
    }
    String name = plan.sources().getFirst();
    try (StreamSource file = InOrderSource.file(name);
        InOrderSource input =
            InOrderSource.in(call, digests.watched(file), askedFormat(), wrapped())) {
      convertInput(input, progress);
      digests.sourceEnded(name);
    }
  }

  private void convertInput(InOrderSource input, ProgressDisplay progress)
      throws IOException, Failure {
    if (input.image().isPresent() && takes(input.image().get())) {
      convert(input, progress);
      return;
    }
    try (FileStorage spool = Unwrapping.spool(input.plain(), target.spoolDirectory());
        DiskImage image = input.format().open(spool, OpenRequest.strict())) {
      input.checkEnd();
      if (image.parent().isPresent()) {
        throw new Failure("an image that comes as a stream cannot have a backing file");
      }
      sectorSize = image.sectorSize();
      convert(windowed(image.map()), progress);
    }
  }

  /**
   * Converts what is in a wrapped file as it is unwrapped.
   *
   * @return false if that is not how this source can be read, nothing having been done then
   */
  private boolean inOrder(ProgressDisplay progress) throws IOException, Failure {
    Optional<WrappedFiles> wrapped = wrapped();
    boolean part =
        arguments.has(ConvertCommand.SNAPSHOT)
            || arguments.has(Command.DISK)
            || arguments.has(Sparsify.SPARSIFY)
            || arguments.has(ConvertCommand.BITMAPS);
    if (wrapped.isEmpty() || part || plan.sources().size() > 1 || plan.window().isPresent()) {
      return false;
    }
    Optional<InOrderSource> opened;
    try {
      Access access = Access.reading(call, FileUse.COPY, plan.caches().source());
      ImageName name = Source.name(call.profile(), plan.sources().getFirst(), access.byOptions());
      if (name.format() != null || name.backing() != null || !name.openOptions().isEmpty()) {
        return false;
      }
      Storage file = new FileOpener(access, name, name.location()).openLocked(FileUse.Part.PLAIN);
      openFiles.add(file);
      opened = InOrderSource.unwrapped(call, file, askedFormat(), wrapped.get(), digests::watched);
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
      digests.sourceEnded(plan.sources().getFirst());
      digests.sourceRead(openFiles.getLast(), plan.sources().getFirst());
      return true;
    } catch (OutOfOrderException e) {
      if (!target.isFile()) {
        throw e;
      }
      return false;
    }
  }

  private Optional<ImageFormat> askedFormat() throws Failure {
    String format = plan.sourceFormat();
    if (format == null) {
      return Optional.empty();
    }
    Optional<ImageFormat> asked = Source.FORMATS.named(format);
    if (asked.isEmpty()) {
      throw new Failure(Source.unknown(call.profile(), "driver", format));
    }
    return asked;
  }

  /** Whether the target can be made from an image that is read in order. */
  private boolean takes(SequentialImage image) throws Failure {
    if (plan.window().isPresent()) {
      return false;
    }
    if (arguments.has(Command.NO_CREATE) || arguments.has(ConvertCommand.ROUND_SIZE)) {
      return false; // what is there must be large enough, before anything is written to it
    }
    if (arguments.has(ConvertCommand.FOR) && image.size().isEmpty()) {
      return false; // a cloud takes no more than so much
    }
    CreationOptions options = targetOptions();
    if (larger.mayMoveGpt(options, image.size())) {
      return false; // the table in front tells of the end
    }
    return options.backing() == null
        && (image.size().isPresent()
            || options.format().takesSizeLast(options.options()) && !target.needsSize(options));
  }

  private CreationOptions targetOptions() throws Failure {
    return CreationOptions.parse(
        call,
        NewImage.format(call, plan.targetFormat()),
        arguments.all(ConvertCommand.TARGET_OPTIONS),
        arguments.last(ConvertCommand.BACKING),
        arguments.last(ConvertCommand.BACKING_FORMAT),
        target.isStream() ? null : target.location());
  }

  /** What is converted, and how. */
  private interface Work {
    List<String> into(Destination destination) throws IOException;
  }

  private void convert(InOrderSource source, ProgressDisplay progress) throws IOException, Failure {
    SequentialImage image = source.image().orElseThrow();
    Converter converter = digests.by(new Converter(plan.options(), progress, cancellation));
    write(
        image.size().orElse(CreateRequest.UNKNOWN_SIZE),
        destination -> converter.convert(image, destination));
  }

  private void convert(BlockMap source, ProgressDisplay progress) throws IOException, Failure {
    boolean hasParent = source instanceof LayeredMap chain && chain.layers().size() > 1;
    boolean onto = target.isExistingImage();
    boolean keeps =
        hasParent
            && (onto ? arguments.has(ConvertCommand.BACKING) : targetOptions().backing() != null);
    ConvertOptions how = plan.options().withKeepBacking(keeps);
    BlockMap rounded = larger.rounded(source, keeps);
    BlockMap whole = keeps || onto ? rounded : larger.withGpt(source, rounded, targetOptions());
    Converter converter = digests.by(new Converter(how, new Salvage(call, progress), cancellation));
    write(whole.size(), destination -> converter.convert(whole, destination));
  }

  private void write(long size, Work work) throws IOException, Failure {
    Cloud.checkSize(call, size);
    if (target.isExistingImage()) {
      final long held;
      try (ExistingDisk disk = target.openDisk(size, openFiles)) {
        if (bitmaps != null) {
          bitmaps.check(disk.info());
        }
        work.into(disk.destination());
        if (bitmaps != null) {
          disk.give(bitmaps);
        }
        held = disk.size();
      }
      digests.targetMade(call, target, converted -> held);
      return;
    }
    if (!target.isStream() && !arguments.has(Command.NO_CREATE)) {
      NewImage.checkPlace(target.location());
    }
    CreationOptions options = targetOptions().withSectorSize(sectorSize);
    if (bitmaps != null) {
      if (!options.format().keepsBitmaps(options.options())) {
        throw BitmapCopy.lackingIn(options.format().name());
      }
      bitmaps.checkSize(options.format().diskSize(size, options.options()));
    }
    SectorSizes.lost(options.format(), sectorSize)
        .ifPresent(line -> call.complain("warning: " + line));
    String prefix = plan.whileMaking(options.format().name());
    try {
      options.checkComplete();
    } catch (Failure e) {
      throw e.retold(prefix + e.getMessage());
    }
    checkBacking(options);
    OptionalLong held;
    try (Source parent = Backing.open(call, options, target.location(), false, FileUse.READ);
        TargetFile file = target.open(options, size, prefix, openFiles);
        Destination image = newImage(options, size, file, prefix, parent)) {
      if (!plan.caches().target().syncs()) {
        image.withoutSync();
      }
      if (bitmaps != null) {
        image.thenEdited(bitmaps::into);
      }
      NewImage.tell(call, work.into(image));
      held = file.isInPlace() ? OptionalLong.of(file.storage().size()) : OptionalLong.empty();
    }
    digests.targetMade(
        call,
        target,
        disk -> held.orElseGet(() -> options.format().diskSize(disk, options.options())));
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
    if (target.isStream()) {
      throw new Failure("an image on standard output cannot have a backing file");
    }
    try {
      Backing.check(call, options, target.location(), false, FileUse.READ);
    } catch (Failure e) {
      throw e.retold(
          "Could not open '" + plan.target() + "': Could not open backing file: " + e.getMessage());
    }
  }

  private Destination newImage(
      CreationOptions options, long size, TargetFile target, String prefix, Source parent)
      throws Failure, IOException {
    try {
      boolean compress = arguments.has(ConvertCommand.COMPRESS);
      return Destination.newImage(
          options.format(), NewImage.request(call, options, size, compress, target, parent));
    } catch (IllegalOptionException e) {
      throw new Failure(
          e.kind() == IllegalOptionException.Kind.FORMAT
              ? e.getMessage()
              : prefix + e.getMessage());
    } catch (LockedException e) {
      throw Failure.locked(prefix, e);
    }
  }
}
