package dev.platter.cli.convert;

import dev.platter.cli.image.NewImage;
import dev.platter.cli.line.Arguments;
import dev.platter.cli.line.Command;
import dev.platter.cli.line.Failure;
import dev.platter.cli.line.Invocation;
import dev.platter.cli.line.Numbers;
import dev.platter.cli.source.CacheMode;
import dev.platter.convert.ConvertOptions;
import dev.platter.image.IllegalOptionException;
import java.util.List;
import java.util.Optional;

/**
 * What one {@code convert} or {@code dd} is to do, checked as far as the command line alone allows.
 *
 * @param sources the names of the sources
 * @param sourceFormat their format; null: told by their content
 * @param target the name of the target
 * @param targetFormat its format
 * @param caches how they are read and written
 * @param options how to convert
 * @param window the part of the source that is taken; empty: all of it
 */
record ConvertPlan(
    List<String> sources,
    String sourceFormat,
    String target,
    String targetFormat,
    Caches caches,
    ConvertOptions options,
    Optional<Window> window) {
  /** How the files of sources and target are opened. */
  record Caches(CacheMode source, CacheMode target) {}

  private static final int SECTOR = 512;
  private static final long MAX_SPARSE = 16L << 20;

  static ConvertPlan of(Invocation call) throws Failure {
    Arguments arguments = call.arguments();
    CacheMode targetCache =
        CacheMode.of(arguments.last(ConvertCommand.TARGET_CACHE, "unsafe"), "cache");
    CacheMode sourceCache =
        CacheMode.of(arguments.last(ConvertCommand.SOURCE_CACHE, "writeback"), "source cache");
    ConvertOptions options =
        ConvertOptions.defaults().withSalvage(call.has(ConvertCommand.SALVAGE));
    if (call.has(ConvertCommand.WORKERS)) {
      options = options.withWorkers(workers(call));
    }
    if (call.has(ConvertCommand.SPARSE)) {
      options = options.withSparseBytes(sparse(arguments.last(ConvertCommand.SPARSE)));
    }
    if (call.has(ConvertCommand.RATE)) {
      String rate = arguments.last(ConvertCommand.RATE);
      options = options.withBytesPerSecond(Numbers.size(rate, "rate limit"));
    }
    List<String> operands = arguments.operands();
    checkTogether(call);
    if (operands.size() < 2) {
      throw new Failure("Must specify image file name");
    }
    List<String> sources = operands.subList(0, operands.size() - 1);
    if (call.has(ConvertCommand.BACKING) && sources.size() > 1) {
      throw new Failure(
          "Having a backing file for the target makes no sense when concatenating multiple input"
              + " images");
    }
    return new ConvertPlan(
        sources,
        arguments.last(ConvertCommand.SOURCE_FORMAT),
        operands.getLast(),
        arguments.last(ConvertCommand.TARGET_FORMAT, NewImage.USUAL_FORMAT),
        new Caches(sourceCache, targetCache),
        options.withCopyOffload(call.has(ConvertCommand.OFFLOAD)),
        Optional.empty());
  }

  /** How a message about the making of the target begins. */
  String whileMaking(String format) {
    return window.isEmpty()
        ? target + ": error while converting " + format + ": "
        : target + ": error while creating output image: ";
  }

  private static void checkTogether(Invocation call) throws Failure {
    BaseConversion.check(call);
    if (call.has(ConvertCommand.TARGET_IS_ZERO) && !call.has(Command.NO_CREATE)) {
      throw new Failure("--target-is-zero requires use of -n flag");
    }
    if (call.has(ConvertCommand.OFFLOAD)) {
      if (call.has(ConvertCommand.COMPRESS)) {
        throw new Failure("Cannot enable copy offloading when -c is used");
      }
      if (call.has(ConvertCommand.SPARSE)) {
        throw new Failure("Cannot enable copy offloading when -S is used");
      }
      if (call.has(ConvertCommand.SALVAGE)) {
        throw new Failure("Cannot use copy offloading in salvaging mode");
      }
    }
    if (call.has(ConvertCommand.SKIP_BROKEN) && !call.has(ConvertCommand.BITMAPS)) {
      throw new Failure("Use of --skip-broken-bitmaps requires --bitmaps");
    }
    if (call.has(Command.NO_CREATE) && call.has(ConvertCommand.TARGET_OPTIONS)) {
      throw new Failure("-o has no effect when skipping image creation");
    }
    if (call.has(Command.NO_CREATE) && call.has(ConvertCommand.COMPRESS)) {
      throw new Failure(
          NewImage.isPlain(
                  call.arguments().last(ConvertCommand.TARGET_FORMAT, NewImage.USUAL_FORMAT))
              ? IllegalOptionException.noCompression().getMessage()
              : "-c with -n is not supported: what is written over stays uncompressed");
    }
    boolean byOptions = call.has(ConvertCommand.TARGET_IMAGE_OPTS);
    if (byOptions && !call.has(Command.NO_CREATE)) {
      throw new Failure("--target-image-opts requires use of -n flag");
    }
    if (byOptions && call.has(ConvertCommand.TARGET_FORMAT)) {
      throw new Failure("--image-opts and --format are mutually exclusive");
    }
  }

  private static int workers(Invocation call) throws Failure {
    String text = call.arguments().last(ConvertCommand.WORKERS);
    int most = call.profile().maxWorkers();
    int workers;
    try {
      workers = Integer.decode(text);
    } catch (NumberFormatException e) {
      throw new Failure("Invalid number of coroutines specified: '" + text + "'");
    }
    if (workers < 1 || workers > most) {
      throw new Failure(
          "Invalid number of coroutines specified. Must be between 1 and " + most + ".");
    }
    return workers;
  }

  /** The engine takes powers of two; what is asked for is rounded down to one. */
  private static int sparse(String text) throws Failure {
    long bytes = Numbers.size(text, "buffer size for sparse output");
    if (bytes % SECTOR != 0 || bytes > MAX_SPARSE) {
      throw new Failure(
          "Invalid buffer size for sparse output specified. Valid sizes are multiples of "
              + SECTOR
              + " up to "
              + MAX_SPARSE
              + ". Select 0 to disable sparse detection (fully allocates output).");
    }
    return (int) Long.highestOneBit(bytes);
  }
}
