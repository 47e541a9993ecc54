package dev.platter.cli.line;

/**
 * An option of a command.
 *
 * @param letters its short forms, each one letter; the first is the one to show; empty: none
 * @param name its long form without the dashes; empty: none
 * @param argument what its argument is called in the help; empty: it takes none; in brackets: the
 *     long form may have one, after an equals sign
 * @param help what it does; empty: not shown
 */
public record Option(String letters, String name, String argument, String help) {
  public static final Option HELP = new Option("h", "help", "", "print this help and exit");

  /** Whether an argument must follow. */
  public boolean takesArgument() {
    return !argument.isEmpty() && !argumentIsOptional();
  }

  /** Whether only {@code --name=argument} gives an argument. */
  public boolean argumentIsOptional() {
    return argument.startsWith("[");
  }
}
