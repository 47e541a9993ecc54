package dev.platter.cli.command;

import dev.platter.cli.image.Backing;
import dev.platter.cli.image.CreationOptions;
import dev.platter.cli.image.NewImage;
import dev.platter.cli.line.Arguments;
import dev.platter.cli.line.Command;
import dev.platter.cli.line.Example;
import dev.platter.cli.line.Failure;
import dev.platter.cli.line.Invocation;
import dev.platter.cli.line.Numbers;
import dev.platter.cli.line.Option;
import dev.platter.cli.source.Source;
import dev.platter.image.IllegalOptionException;
import dev.platter.image.name.ImageName;
import dev.platter.image.spi.FileUse;
import dev.platter.image.spi.ImageFormat;
import dev.platter.storage.Location;
import java.io.IOException;
import java.util.List;

/** {@code create}: a new image that holds nothing, or what its backing file holds. */
public final class CreateCommand extends Command {
  private static final Option NEW_FORMAT =
      new Option("f", "format", "FMT", "format of the new image (default: raw)");
  private static final Option OPTIONS =
      new Option("o", "options", "OPTS", "options of that format, key=value,...; help lists them");
  private static final Option BACKING =
      new Option(
          "b", "backing", "BACKING", "the image that shows through where nothing is written");
  private static final Option BACKING_FORMAT =
      new Option("BF", "backing-format", "FMT", "format of BACKING");
  private static final Option UNSAFE =
      new Option("u", "backing-unsafe", "", "do not open BACKING to see that it is there");

  @Override
  public String name() {
    return "create";
  }

  @Override
  public String summary() {
    return "Make a new, empty image";
  }

  @Override
  public String usage() {
    return "[-f FMT] [-o OPTS] [-b BACKING -B FMT] [-u] [-q] FILE [SIZE]";
  }

  @Override
  public List<Option> options() {
    return List.of(
        Option.HELP, NEW_FORMAT, OPTIONS, BACKING, BACKING_FORMAT, UNSAFE, SEED, QUIET, OBJECT);
  }

  @Override
  public String operands() {
    return "FILE  the new image; a file of that name is replaced\n"
        + "SIZE  bytes of the guest disk (default: as large as BACKING)";
  }

  @Override
  public List<Example> examples() {
    return List.of(
        new Example("make an empty disk of 20 GiB", "create -f qcow2 new.qcow2 20G"),
        new Example(
            "make an overlay, whose changes leave its backing file alone",
            "create -f qcow2 -b base.qcow2 -F qcow2 new.qcow2"));
  }

  @Override
  public boolean exitCodeSaysAll(Arguments arguments) {
    return !CreationOptions.wantsHelp(arguments.all(OPTIONS));
  }

  @Override
  public int run(Invocation call) throws IOException, Failure {
    Arguments arguments = call.arguments();
    NewImage.checkSeed(call);
    List<String> texts = arguments.all(OPTIONS);
    CreationOptions.checkLists(texts);
    List<String> operands = arguments.operands();
    String formatName = arguments.last(NEW_FORMAT, NewImage.USUAL_FORMAT);
    if (CreationOptions.wantsHelp(texts)) {
      ImageFormat format = NewImage.format(call, formatName);
      Location place = operands.isEmpty() ? null : location(call, operands.getFirst());
      CreationOptions.printHelp(call, format, !operands.isEmpty(), place);
      return 0;
    }
    if (operands.isEmpty()) {
      throw Failure.usage("Expecting image file name");
    }
    long size = operands.size() > 1 ? Numbers.size(operands.get(1), "image size") : -1;
    if (operands.size() > 2) {
      throw Failure.usage("Unexpected argument: " + operands.get(2));
    }
    String file = operands.getFirst();
    try {
      create(call, file, formatName, size);
    } catch (Failure e) {
      throw e.retold(file + ": " + e.getMessage()).withSecondLine(e.secondLine());
    }
    return 0;
  }

  private static void create(Invocation call, String file, String formatName, long operandSize)
      throws Failure, IOException {
    Arguments arguments = call.arguments();
    ImageFormat format = NewImage.format(call, formatName);
    Location location = location(call, file);
    CreationOptions options =
        CreationOptions.parse(
            call,
            format,
            arguments.all(OPTIONS),
            arguments.last(BACKING),
            arguments.last(BACKING_FORMAT),
            location);
    NewImage.checkPlace(location);
    long size = operandSize;
    if (options.size() >= 0) {
      if (size >= 0) {
        throw new Failure("The image size must be specified only once");
      }
      size = options.size();
    }
    if (options.backing() != null) {
      if (options.backing().equals(file)) {
        throw new Failure(
            "Error: Trying to create an image with the same filename as the backing file");
      }
      long backingSize = Backing.check(call, options, location, call.has(UNSAFE), FileUse.LOOK);
      size = size < 0 ? backingSize : size;
    }
    if (size < 0) {
      throw new Failure("Image creation needs a size parameter");
    }
    if (!call.has(QUIET)) {
      call.out().println("Formatting '" + file + "', " + options.describe(size));
    }
    options.checkComplete();
    NewImage.warnOfRaw(call, file, NEW_FORMAT);
    try (Source parent = Backing.open(call, options, location, call.has(UNSAFE), FileUse.LOOK)) {
      NewImage.createEmpty(call, options, location, call.answers().sizeOfNew(format, size), parent);
    }
  }

  private static Location location(Invocation call, String file) throws Failure {
    try {
      return ImageName.parse(file).location();
    } catch (IllegalOptionException e) {
      throw new Failure(e.getMessage() + Source.colonHint(call.profile(), file));
    }
  }
}
