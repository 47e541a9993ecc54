package dev.platter.cli.command;

import dev.platter.cli.image.CreationOptions;
import dev.platter.cli.image.NewImage;
import dev.platter.cli.line.Arguments;
import dev.platter.cli.line.Command;
import dev.platter.cli.line.Example;
import dev.platter.cli.line.Failure;
import dev.platter.cli.line.Invocation;
import dev.platter.cli.line.NamedFiles;
import dev.platter.cli.line.Numbers;
import dev.platter.cli.line.Option;
import dev.platter.cli.source.Access;
import dev.platter.cli.source.CacheMode;
import dev.platter.cli.source.Source;
import dev.platter.cli.source.Unwrap;
import dev.platter.cli.text.JsonText;
import dev.platter.image.BlockMap;
import dev.platter.image.DiskImage;
import dev.platter.image.IllegalOptionException;
import dev.platter.image.Measurement;
import dev.platter.image.Sizes;
import dev.platter.image.spi.FileUse;
import dev.platter.image.spi.ImageFormat;
import java.io.IOException;
import java.io.PrintStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** {@code measure}: how large a file a conversion would make. */
public final class MeasureCommand extends Command {
  private static final Option SNAPSHOT =
      new Option("l", "snapshot", "SNAPSHOT", "measure FILE as it was at this internal snapshot");
  private static final Option TARGET_FORMAT =
      new Option("O", "target-format", "FMT", "format of the new image (default: raw)");
  private static final Option TARGET_OPTIONS =
      new Option("o", "", "OPTS", "options of that format, key=value,...");
  private static final Option SIZE =
      new Option("s", "size", "SIZE", "measure an empty disk of this size");

  private static final int SECTOR = 512;

  @Override
  public String name() {
    return "measure";
  }

  @Override
  public String summary() {
    return "Tell how large a file a conversion would make";
  }

  @Override
  public String usage() {
    return "[-f FMT] [-l SNAPSHOT] [-O FMT] [-o OPTS] [--output human|json] [-U] (-s SIZE | FILE)";
  }

  @Override
  public List<Option> options() {
    return List.of(
        Option.HELP,
        FORMAT,
        SNAPSHOT,
        TARGET_FORMAT,
        TARGET_OPTIONS,
        SIZE,
        Sparsify.SPARSIFY,
        DISK,
        UNWRAP,
        MAX_UNWRAPPED,
        OUTPUT,
        FORCE_SHARE,
        IMAGE_OPTS,
        OBJECT);
  }

  @Override
  public String operands() {
    return "FILE  the image that would be converted";
  }

  @Override
  public List<Example> examples() {
    return List.of(
        new Example("tell how large a conversion would become", "measure -O qcow2 disk.vmdk"),
        new Example("how much room a new disk may need", "measure -O qcow2 -s 20G"));
  }

  @Override
  public Optional<NamedFiles> files(Invocation call) {
    return Optional.of(NamedFiles.readingAll(call));
  }

  @Override
  public int run(Invocation call) throws IOException, Failure {
    Arguments arguments = call.arguments();
    boolean json = call.json();
    List<String> texts = arguments.all(TARGET_OPTIONS);
    CreationOptions.checkLists(texts);
    long size = call.has(SIZE) ? Numbers.size(arguments.last(SIZE), "image size") : -1;
    List<String> files = arguments.operands();
    if (files.size() > 1) {
      throw new Failure("At most one filename argument is allowed.");
    }
    if (files.isEmpty() && call.has(Sparsify.SPARSIFY)) {
      throw new Failure("--sparsify requires a filename argument");
    }
    if (files.isEmpty() && (call.has(FORMAT) || call.has(SNAPSHOT))) {
      throw new Failure("--image-opts, -f, and -l require a filename argument.");
    }
    if (files.isEmpty() && size < 0) {
      throw new Failure("Either --size N or one filename must be specified.");
    }
    if (!files.isEmpty() && size >= 0) {
      throw new Failure("--size N cannot be used together with a filename.");
    }
    Measurement measurement;
    if (files.isEmpty()) {
      measurement = measure(call, texts, size, Optional.empty(), Optional.empty());
    } else {
      try (Source source =
          Source.open(
              files.getFirst(),
              arguments.last(FORMAT),
              arguments.last(DISK),
              Unwrap.sources(call),
              true,
              Access.reading(call, FileUse.READ, CacheMode.WRITEBACK))) {
        BlockMap map =
            call.has(SNAPSHOT)
                ? source.map(source.snapshot(arguments.last(SNAPSHOT)))
                : source.map();
        DiskImage image = source.chain().top().image();
        BlockMap left = Sparsify.zeroed(call, map, source.name().shown());
        measurement = measure(call, texts, map.size(), Optional.of(left), Optional.of(image));
      }
    }
    print(measurement, json, call.out());
    return 0;
  }

  private static Measurement measure(
      Invocation call,
      List<String> texts,
      long size,
      Optional<BlockMap> source,
      Optional<DiskImage> image)
      throws Failure, IOException {
    ImageFormat format =
        NewImage.format(call, call.arguments().last(TARGET_FORMAT, NewImage.USUAL_FORMAT));
    CreationOptions options;
    try {
      options = CreationOptions.parse(call, format, texts, null, null);
    } catch (Failure e) {
      String program = call.profile().program();
      throw new Failure(e.getMessage())
          .withSecondLine(program + ": Invalid options for file format '" + format.name() + "'");
    }
    Optional<Measurement> measured = Optional.empty();
    if (call.answers().measures(format)) {
      try {
        measured = format.measure(size, options.options().with(call.passphrases()), source);
        if (measured.isPresent() && image.isPresent() && image.get().keepsBitmaps()) {
          OptionalLong bitmaps = format.measureBitmaps(options.options(), image.get().info());
          measured = Optional.of(measured.get().withBitmaps(bitmaps));
        }
      } catch (IllegalOptionException e) {
        throw new Failure(e.getMessage());
      }
    }
    if (measured.isPresent() && call.answers().measuresAsFull(format)) {
      long full = Sizes.roundUp(measured.get().fullyAllocated(), SECTOR);
      return new Measurement(full, full, OptionalLong.empty());
    }
    return measured.orElseThrow(() ->
        new Failure("Block driver '" + format.name() + "' does not support size measurement"));
  }

  private static void print(Measurement measurement, boolean json, PrintStream out) {
    if (json) {
      Map<String, Object> object = new LinkedHashMap<>();
      if (measurement.bitmaps().isPresent()) {
        object.put("bitmaps", measurement.bitmaps().getAsLong());
      }
      object.put("required", measurement.required());
      object.put("fully-allocated", measurement.fullyAllocated());
      JsonText.print(object, out);
      return;
    }
    out.println("required size: " + measurement.required());
    out.println("fully allocated size: " + measurement.fullyAllocated());
    if (measurement.bitmaps().isPresent()) {
      out.println("bitmaps size: " + measurement.bitmaps().getAsLong());
    }
  }
}
