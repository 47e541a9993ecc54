package dev.platter.cli.command;

import dev.platter.cli.image.CreationOptions;
import dev.platter.cli.image.EditedImage;
import dev.platter.cli.image.NewImage;
import dev.platter.cli.line.Arguments;
import dev.platter.cli.line.Command;
import dev.platter.cli.line.Example;
import dev.platter.cli.line.Failure;
import dev.platter.cli.line.Invocation;
import dev.platter.cli.line.Option;
import dev.platter.cli.progress.ProgressDisplay;
import dev.platter.cli.source.Access;
import dev.platter.cli.source.CacheMode;
import dev.platter.cli.source.Source;
import dev.platter.cli.source.Unwrap;
import dev.platter.image.BlockMap;
import dev.platter.image.FormatOptions;
import dev.platter.image.IllegalOptionException;
import dev.platter.image.OptionSpec;
import dev.platter.image.spi.Amendment;
import dev.platter.image.spi.ImageFormat;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** {@code amend}: changes in place what was chosen when an image was made. */
public final class AmendCommand extends Command {
  private static final Option OPTIONS =
      new Option("o", "options", "OPTS", "the options, key=value,...; help lists them");
  private static final Option CACHE =
      new Option("t", "cache", "CACHE", "cache mode for FILE (default: writeback)");
  private static final Option FORCE =
      new Option("", "force", "", "do even what loses the disk, as to erase its last key slot");

  @Override
  public String name() {
    return "amend";
  }

  @Override
  public String summary() {
    return "Change options of an image in place";
  }

  @Override
  public String usage() {
    return "-o OPTS [-f FMT] [-t CACHE] [--force] [-p] [-q] FILE";
  }

  @Override
  public List<Option> options() {
    return List.of(Option.HELP, OPTIONS, FORMAT, CACHE, FORCE, PROGRESS, QUIET, IMAGE_OPTS, OBJECT);
  }

  @Override
  public String operands() {
    return "FILE  the image; -o help -f FMT lists what can be changed";
  }

  @Override
  public List<Example> examples() {
    return List.of(
        new Example(
            "turn a qcow2 of version 2 into one of version 3",
            "amend -f qcow2 -o compat=1.1 disk.qcow2"),
        new Example("tell what can be changed", "amend -f qcow2 -o help"));
  }

  @Override
  public boolean exitCodeSaysAll(Arguments arguments) {
    return !CreationOptions.wantsHelp(arguments.all(OPTIONS));
  }

  @Override
  public int run(Invocation call) throws IOException, Failure {
    List<String> texts = call.arguments().all(OPTIONS);
    CreationOptions.checkLists(texts);
    if (texts.isEmpty()) {
      throw Failure.usage("Must specify options (-o)");
    }
    boolean help = CreationOptions.wantsHelp(texts);
    String format = call.arguments().last(FORMAT);
    if (help && format != null) {
      ImageFormat named = NewImage.known(call, format);
      printHelp(call, named);
      return 0;
    }
    if (call.arguments().operands().size() != 1) {
      throw Failure.usage("Expecting one image file name");
    }
    CacheMode cache = CacheMode.of(call.arguments().last(CACHE, "writeback"), "cache");
    try (Source source =
        Source.open(
            call.operand(),
            format,
            null,
            Unwrap.sources(call),
            true,
            Access.changing(call, cache))) {
      ImageFormat found = source.chain().top().format();
      if (help) {
        printHelp(call, found);
        return 0;
      }
      try (EditedImage image = EditedImage.open(call, source, cache)) {
        amend(call, found, image, source.parent(), texts);
      }
    }
    return 0;
  }

  private static void amend(
      Invocation call,
      ImageFormat format,
      EditedImage image,
      Optional<BlockMap> parent,
      List<String> texts)
      throws IOException, Failure {
    Optional<Amendment> amendment = image.editor().amendment();
    if (amendment.isEmpty()) {
      throw lacking(format);
    }
    FormatOptions options = parse(format, texts).with(call.passphrases());
    if (options.string("backing_file").isPresent() || options.string("backing_fmt").isPresent()) {
      throw new Failure("Cannot amend the backing file")
          .withSecondLine("You can use '" + call.profile().program() + " rebase' instead.");
    }
    ProgressDisplay progress = ProgressDisplay.of(call, call.out());
    try {
      Optional<IOException> left =
          (call.has(FORCE) ? amendment.get().forced() : amendment.get()).amend(options, parent);
      progress.complete();
      left.ifPresent(e -> ResizeCommand.warnOfLeaks(call, "amended", e));
    } catch (IllegalOptionException e) {
      throw new Failure(e.getMessage());
    } finally {
      progress.end();
    }
  }

  private static FormatOptions parse(ImageFormat format, List<String> texts) throws Failure {
    try {
      return FormatOptions.parse(texts, format.amendOptions());
    } catch (IllegalOptionException e) {
      Failure failure = new Failure(e.getMessage());
      boolean isForCreation =
          format.createOptions().stream()
              .anyMatch(spec -> e.option().equals(Optional.of(spec.name())));
      throw isForCreation
          ? failure.withSecondLine("This option is only supported for image creation")
          : failure;
    }
  }

  private static Failure lacking(ImageFormat format) {
    return new Failure("Format driver '" + format.name() + "' does not support option amendment");
  }

  private static void printHelp(Invocation call, ImageFormat format) throws Failure, IOException {
    List<OptionSpec> options = format.amendOptions();
    if (options.isEmpty()) {
      throw lacking(format);
    }
    CreationOptions.printOptions("Amend options for '" + format.name() + "':", options, call.out());
  }
}
