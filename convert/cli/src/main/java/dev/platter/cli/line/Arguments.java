package dev.platter.cli.line;

import java.util.ArrayList;
import java.util.List;

/**
 * A command line taken apart the way getopt_long does it: options may stand anywhere, also after
 * the operands; short ones may be glued together and to their argument; long ones may be cut to an
 * unambiguous prefix; {@code --} ends them.
 */
public final class Arguments {
  private final List<Option> options = new ArrayList<>();
  private final List<String> values = new ArrayList<>();
  private final List<String> operands = new ArrayList<>();

  private final Answers answers;

  private Arguments(Answers answers) {
    this.answers = answers;
  }

  /**
   * Parses {@code args} from index {@code from} on. Parsing stops at {@link Option#HELP}: what
   * follows a cry for help is not judged.
   *
   * @param known what the command understands
   * @param answers what is said of a word that is none
   * @param negativeNumbers whether a dash before a digit begins an operand
   * @throws Failure if an option is unknown, ambiguous, or its argument missing or too much
   */
  public static Arguments parse(
      String[] args, int from, List<Option> known, boolean negativeNumbers, Answers answers)
      throws Failure {
    Arguments arguments = new Arguments(answers);
    int i = from;
    while (i < args.length) {
      String arg = args[i++];
      if (arg.equals("--")) {
        for (; i < args.length; i++) {
          arguments.operands.add(args[i]);
        }
      } else if (arg.startsWith("--")) {
        i = arguments.parseLong(arg, args, i, known);
      } else if (arg.length() > 1
          && arg.charAt(0) == '-'
          && !(negativeNumbers && Character.isDigit(arg.charAt(1)))) {
        i = arguments.parseShort(arg, args, i, known);
      } else {
        arguments.operands.add(arg);
      }
      if (arguments.has(Option.HELP)) {
        break;
      }
    }
    return arguments;
  }

  /** The same for a command whose operands are never negative. */
  public static Arguments parse(String[] args, int from, List<Option> known, Answers answers)
      throws Failure {
    return parse(args, from, known, false, answers);
  }

  /** Whether the option is given. */
  public boolean has(Option option) {
    for (Option given : options) {
      if (given == option) {
        return true;
      }
    }
    return false;
  }

  /** The argument given last, or null where the option is not given. */
  public String last(Option option) {
    for (int i = options.size() - 1; i >= 0; i--) {
      if (options.get(i) == option) {
        return values.get(i);
      }
    }
    return null;
  }

  /** The argument given last, or {@code otherwise} where the option is not given. */
  public String last(Option option, String otherwise) {
    String value = last(option);
    return value == null ? otherwise : value;
  }

  /** Every argument given, in order. */
  public List<String> all(Option option) {
    List<String> all = new ArrayList<>();
    for (int i = 0; i < options.size(); i++) {
      if (options.get(i) == option) {
        all.add(values.get(i));
      }
    }
    return all;
  }

  /** The options given, in order, each as often as it is. */
  public List<Option> given() {
    return List.copyOf(options);
  }

  /** What is not an option, in order. */
  public List<String> operands() {
    return operands;
  }

  /** The same with an option in front of all others, so that what is given later counts. */
  public Arguments withFirst(Option option, String value) {
    Arguments more = new Arguments(answers);
    more.add(option, value);
    more.options.addAll(options);
    more.values.addAll(values);
    more.operands.addAll(operands);
    return more;
  }

  private void add(Option option, String value) {
    options.add(option);
    values.add(value);
  }

  private int parseLong(String arg, String[] args, int next, List<Option> known) throws Failure {
    int equals = arg.indexOf('=');
    String name = equals < 0 ? arg.substring(2) : arg.substring(2, equals);
    Option option = find(name, known);
    if (equals >= 0) {
      if (option.argument().isEmpty()) {
        throw Failure.option("option '--" + option.name() + "' doesn't allow an argument");
      }
      add(option, arg.substring(equals + 1));
      return next;
    }
    if (!option.takesArgument()) {
      add(option, null);
      return next;
    }
    if (next >= args.length) {
      throw Failure.option("option '--" + option.name() + "' requires an argument");
    }
    add(option, args[next]);
    return next + 1;
  }

  private Option find(String name, List<Option> known) throws Failure {
    Option found = null;
    boolean ambiguous = false;
    for (Option option : known) {
      if (option.name().isEmpty()) {
        continue;
      }
      if (option.name().equals(name)) {
        return option;
      }
      if (option.name().startsWith(name)) {
        ambiguous |= found != null;
        found = option;
      }
    }
    if (found == null) {
      List<String> names = new ArrayList<>();
      for (Option option : known) {
        names.add(option.name());
      }
      throw Failure.option(
          "unrecognized option '--" + name + "'" + answers.suggestion(names, name));
    }
    if (ambiguous) {
      StringBuilder message = new StringBuilder("option '--").append(name);
      message.append("' is ambiguous; possibilities:");
      for (Option option : known) {
        if (!option.name().isEmpty() && option.name().startsWith(name)) {
          message.append(" '--").append(option.name()).append('\'');
        }
      }
      throw Failure.option(message.toString());
    }
    return found;
  }

  private int parseShort(String arg, String[] args, int next, List<Option> known) throws Failure {
    for (int i = 1; i < arg.length(); i++) {
      char letter = arg.charAt(i);
      Option option = find(letter, known);
      if (!option.takesArgument()) {
        add(option, null);
        continue;
      }
      if (i + 1 < arg.length()) {
        add(option, arg.substring(i + 1));
        return next;
      }
      if (next >= args.length) {
        throw Failure.option("option requires an argument -- '" + letter + "'");
      }
      add(option, args[next]);
      return next + 1;
    }
    return next;
  }

  private static Option find(char letter, List<Option> known) throws Failure {
    for (Option option : known) {
      if (option.letters().indexOf(letter) >= 0) {
        return option;
      }
    }
    throw Failure.option("invalid option -- '" + letter + "'");
  }
}
