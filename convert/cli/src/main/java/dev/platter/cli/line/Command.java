package dev.platter.cli.line;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** One command of the program, such as {@code convert}. Stateless. */
public abstract class Command {
  public static final Option FORMAT =
      new Option("f", "format", "FMT", "format of FILE (default: told by its content)");
  public static final Option IMAGE_OPTS =
      new Option(
          "",
          "image-opts",
          "",
          "FILE is options, as driver=qcow2,file.filename=NAME, and not a name");
  public static final Option OBJECT = new Option("", "object", "OBJDEF", "");
  public static final Option SEED =
      new Option(
          "",
          "seed",
          "TEXT",
          "make identifiers (UUID, CID) from this text, and so the same image each time");
  public static final Option FORCE_SHARE =
      new Option("U", "force-share", "", "read an image that another program may be writing to");
  public static final Option QUIET = new Option("q", "quiet", "", "print nothing but errors");
  public static final Option OUTPUT =
      new Option("", "output", "human|json", "form of the answer (default: human)");
  public static final Option DISK =
      new Option("", "disk", "NAME|N", "which disk of a container such as ova, by name or number");
  public static final Option UNWRAP =
      new Option(
          "",
          "unwrap",
          "auto|always|never",
          "take a source out of the gz, xz, zst, lz4, bz2 or zip it is in (auto: told by content, "
              + "but not with -f raw)");
  public static final Option MAX_UNWRAPPED =
      new Option("", "max-unwrapped", "SIZE", "refuse a source that unwraps to more than this");
  public static final Option MAX_RATE =
      new Option(
          "",
          "max-rate",
          "SIZE",
          "read and write disks on other machines no faster than this, bytes a second");
  public static final Option PROGRESS =
      new Option("p", "progress", "[json]", "show how far it is; json: one JSON object a line");

  public static final Option NO_CREATE =
      new Option("n", "no-create", "", "write onto the disk of TARGET, which exists");

  /** The word that calls it. */
  public abstract String name();

  /** What it does, for the list of commands. */
  public abstract String summary();

  /** Its operands and most important options, for the first lines of its help. */
  public abstract String usage();

  /** The same under that name of the program. */
  public String usage(Profile profile) {
    return usage();
  }

  /** The options it knows, in the order of the help. */
  public abstract List<Option> options();

  /** Whether {@code -1G} is an operand, not an option. */
  public boolean takesNegativeNumbers() {
    return false;
  }

  /** What the operands are: lines for the help. */
  public abstract String operands();

  /** What an operand may be, where that is one of a few words; empty: the name of an image. */
  public List<String> words() {
    return List.of();
  }

  /** What its exit codes mean, in ascending order. */
  public List<ExitCode> exitCodes() {
    return ExitCode.DONE_OR_NOT;
  }

  /** Command lines that show what it is for, for the end of its help. */
  public abstract List<Example> examples();

  /**
   * Whether the exit code alone says what came of it, so that a success stays one where nothing can
   * be written to standard output: who repeats {@code resize +1G} that seems to have failed gets 2.
   */
  public boolean exitCodeSaysAll(Arguments arguments) {
    return false;
  }

  /** The exit code of a call that could not look at its images at all. */
  public int noAnswer() {
    return Failure.EXIT;
  }

  /**
   * The files that a call names, for a process that can open no others; empty: the command is not
   * one for images of strangers, and is refused in a sandbox.
   *
   * @throws Failure if the call makes no sense, or asks for what is not done in a sandbox
   */
  public Optional<NamedFiles> files(Invocation call) throws Failure {
    return Optional.empty();
  }

  /**
   * Does it.
   *
   * @return the exit code
   * @throws Failure with a message for the user
   * @throws IOException if something went wrong that has no better words than the exception's own
   */
  public abstract int run(Invocation call) throws IOException, Failure;

  /** The options that the command knows under that name of the program. */
  public final List<Option> options(Profile profile) {
    List<Option> known = new ArrayList<>();
    for (Option option : options()) {
      if (profile.knows(option)) {
        known.add(option);
      }
    }
    return known;
  }

  /** The examples that can be run under that name of the program. */
  public final List<Example> examples(Profile profile) {
    List<Example> known = new ArrayList<>();
    for (Example example : examples()) {
      if (profile.knows(example)) {
        known.add(example);
      }
    }
    return known;
  }
}
