package dev.platter.cli;

import dev.platter.cli.line.Arguments;
import dev.platter.cli.line.Failure;
import dev.platter.cli.line.Numbers;
import dev.platter.cli.line.Option;
import dev.platter.cli.line.Profile;
import dev.platter.sandbox.Bounds;
import dev.platter.sandbox.Sandbox;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** The options of the program itself, which stand before the command. */
final class StandardOptions {
  private static final Option VERSION =
      new Option("V", "version", "", "print the version and exit");
  private static final Option TRACE =
      new Option("T", "trace", "TRACE", "accepted; there is nothing to trace");
  static final Option SANDBOX =
      new Option(
          "",
          "sandbox",
          "[strict|best-effort]",
          "work in a process that can open no files but those named, and no network");
  static final Option SANDBOX_READ =
      new Option("", "sandbox-read", "PATH", "let it read this file, or all below a directory");
  static final Option SANDBOX_LIMIT =
      new Option(
          "",
          "sandbox-limit",
          "LIMITS",
          "memory=SIZE,cpu=SECONDS,file=SIZE: how much it may use (3G and the heap, 86400, 16T)");

  private static final List<Option> ALL =
      List.of(Option.HELP, VERSION, TRACE, SANDBOX, SANDBOX_READ, SANDBOX_LIMIT);

  private final List<Option> known;
  private final List<Arguments> given = new ArrayList<>();
  private int command;

  private StandardOptions(List<Option> known) {
    this.known = known;
  }

  /**
   * Takes what stands before the command.
   *
   * @throws Failure if there is no command, or an option makes no sense
   */
  static StandardOptions parse(String[] args, Profile profile) throws Failure {
    StandardOptions options = new StandardOptions(known(profile));
    int at = 0;
    while (at < args.length && args[at].length() > 1 && args[at].charAt(0) == '-') {
      String option = args[at];
      int next = at + 1;
      boolean valueFollows = option.equals("-T");
      for (Option each : options.known) {
        valueFollows |= each.takesArgument() && option.equals("--" + each.name());
      }
      if (valueFollows) {
        next++;
      }
      // Whatever stands behind --help or --version counts for nothing.
      String[] one = Arrays.copyOfRange(args, at, Math.min(next, args.length));
      Arguments arguments = Arguments.parse(one, 0, options.known, profile.answers());
      options.given.add(arguments);
      at = next;
      if (arguments.has(Option.HELP) || arguments.has(VERSION)) {
        return options;
      }
    }
    if (at >= args.length) {
      throw Failure.usage("Not enough arguments");
    }
    options.command = at;
    if (!options.has(SANDBOX) && (options.has(SANDBOX_READ) || options.has(SANDBOX_LIMIT))) {
      throw Failure.usage("--sandbox-read and --sandbox-limit go with --sandbox");
    }
    return options;
  }

  /** Where the command is among the words. */
  int command() {
    return command;
  }

  /** Prints the help or the version, if that is all that is wanted. */
  boolean isAnswered(Profile profile, PrintStream out) {
    if (has(Option.HELP)) {
      Help.printAll(profile, known, out);
      return true;
    }
    if (has(VERSION)) {
      Help.printVersion(profile, out);
      return true;
    }
    return false;
  }

  /** How strict a sandbox is wanted; empty: none. */
  Optional<Sandbox.Level> sandbox() throws Failure {
    Optional<Sandbox.Level> level = Optional.empty();
    for (Arguments each : given) {
      if (each.has(SANDBOX)) {
        String text = each.last(SANDBOX);
        level =
            switch (text == null ? "strict" : text) {
              case "strict" -> Optional.of(Sandbox.Level.STRICT);
              case "best-effort" -> Optional.of(Sandbox.Level.BEST_EFFORT);
              default ->
                  throw Failure.usage(
                      "--sandbox expects 'strict' or 'best-effort', not '" + text + "'");
            };
      }
    }
    return level;
  }

  /** What else it may read. */
  List<String> readable() {
    List<String> paths = new ArrayList<>();
    for (Arguments each : given) {
      paths.addAll(each.all(SANDBOX_READ));
    }
    return paths;
  }

  /** How much it may use. */
  Bounds bounds() throws Failure {
    Bounds bounds = Bounds.DEFAULT;
    for (Arguments each : given) {
      for (String text : each.all(SANDBOX_LIMIT)) {
        for (String limit : text.split(",", -1)) {
          bounds = with(bounds, limit);
        }
      }
    }
    return bounds;
  }

  private static Bounds with(Bounds bounds, String limit) throws Failure {
    int equals = limit.indexOf('=');
    String name = equals < 0 ? limit : limit.substring(0, equals);
    String value = limit.substring(equals + 1);
    return switch (name) {
      case "memory" ->
          bounds.withMemory(
              Numbers.size(value, "--sandbox-limit memory", Bounds.LEAST_MEMORY, Long.MAX_VALUE));
      case "cpu" ->
          bounds.withProcessorSeconds(
              Numbers.size(value, "--sandbox-limit cpu", 1, Integer.MAX_VALUE));
      case "file" ->
          bounds.withFileBytes(Numbers.size(value, "--sandbox-limit file", 1, Long.MAX_VALUE));
      default ->
          throw Failure.usage("--sandbox-limit knows memory, cpu and file, not '" + name + "'");
    };
  }

  private static List<Option> known(Profile profile) {
    List<Option> known = new ArrayList<>();
    for (Option option : ALL) { // no stream: they take their time at every start
      if (profile.knows(option)) {
        known.add(option);
      }
    }
    return known;
  }

  private boolean has(Option option) {
    for (Arguments each : given) {
      if (each.has(option)) {
        return true;
      }
    }
    return false;
  }
}
