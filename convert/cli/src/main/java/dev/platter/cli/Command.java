package dev.platter.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** One command of the program, such as {@code convert}. Stateless. */
abstract class Command {
  static final Option FORMAT =
      new Option("f", "format", "FMT", "format of FILE (default: told by its content)");
  static final Option IMAGE_OPTS =
      new Option(
          "",
          "image-opts",
          "",
          "FILE is options, as driver=qcow2,file.filename=NAME, and not a name");
  static final Option OBJECT = new Option("", "object", "OBJDEF", "");
  static final Option SEED =
      new Option(
          "",
          "seed",
          "TEXT",
          "make identifiers (UUID, CID) from this text, and so the same image each time");
  static final Option FORCE_SHARE =
      new Option("U", "force-share", "", "read an image that another program may be writing to");
  static final Option QUIET = new Option("q", "quiet", "", "print nothing but errors");
  static final Option OUTPUT =
      new Option("", "output", "human|json", "form of the answer (default: human)");
  static final Option DISK =
      new Option("", "disk", "NAME|N", "which disk of a container such as ova, by name or number");
  static final Option UNWRAP =
      new Option(
          "",
          "unwrap",
          "auto|always|never",
          "take a source out of the gz, xz, zst, lz4, bz2 or zip it is in (auto: told by content, "
              + "but not with -f raw)");
  static final Option MAX_UNWRAPPED =
      new Option("", "max-unwrapped", "SIZE", "refuse a source that unwraps to more than this");
  static final Option PROGRESS =
      new Option("p", "progress", "[json]", "show how far it is; json: one JSON object a line");

  /** The word that calls it. */
  abstract String name();

  /** What it does, for the list of commands. */
  abstract String summary();

  /** Its operands and most important options, for the first lines of its help. */
  abstract String usage();

  /** The options it knows, in the order of the help. */
  abstract List<Option> options();

  /** Whether {@code -1G} is an operand, not an option. */
  boolean takesNegativeNumbers() {
    return false;
  }

  /** What the operands are: lines for the help. */
  abstract String operands();

  /**
   * Whether the exit code alone says what came of it, so that a success stays one where nothing can
   * be written to standard output: who repeats {@code resize +1G} that seems to have failed gets 2.
   */
  boolean exitCodeSaysAll(Arguments arguments) {
    return false;
  }

  /**
   * Does it.
   *
   * @return the exit code
   * @throws Failure with a message for the user
   * @throws IOException if something went wrong that has no better words than the exception's own
   */
  abstract int run(Invocation call) throws IOException, Failure;

  /** What only platter knows; to qemu-img there are no such options. */
  static final List<Option> OWN =
      List.of(SEED, UNWRAP, MAX_UNWRAPPED, ConvertCommand.WRAP, ConvertCommand.ROUND_SIZE);

  /** The options that the command knows under that name of the program. */
  final List<Option> options(Profile profile) {
    List<Option> options = new ArrayList<>(options());
    if (profile.asQemuImg()) {
      options.removeAll(OWN);
    }
    return options;
  }

  /** Every command that qemu-img has too, by name. */
  static final List<String> NAMES =
      List.of(
          "bench", "check", "compare", "convert", "create", "dd", "info", "map", "measure",
          "resize");

  /** The commands that only Platter has, by name. */
  static final List<String> OWN_NAMES = List.of("compact", "completion", "serve");

  /** The command of that name, or null. Only the class of that command is loaded. */
  static Command named(String name) {
    switch (name) {
      case "bench":
        return new BenchCommand();
      case "check":
        return new CheckCommand();
      case "compact":
        return new CompactCommand();
      case "compare":
        return new CompareCommand();
      case "completion":
        return new CompletionCommand();
      case "convert":
        return new ConvertCommand();
      case "create":
        return new CreateCommand();
      case "dd":
        return new DdCommand();
      case "info":
        return new InfoCommand();
      case "map":
        return new MapCommand();
      case "measure":
        return new MeasureCommand();
      case "resize":
        return new ResizeCommand();
      case "serve":
        return new ServeCommand();
      default:
        return null;
    }
  }
}
