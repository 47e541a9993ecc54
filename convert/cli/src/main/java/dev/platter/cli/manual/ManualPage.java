package dev.platter.cli.manual;

import dev.platter.cli.line.Command;
import dev.platter.cli.line.Example;
import dev.platter.cli.line.ExitCode;
import dev.platter.cli.line.Option;
import dev.platter.cli.line.Profile;
import java.io.PrintStream;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A page of the manual, in the language of man(7). It has no date: what is built twice is the same.
 */
public final class ManualPage {
  private static final int WIDTH = 76;
  private static final Pattern DEFINED = Pattern.compile("(\\S.*?) {2,}(\\S.*)");

  private final Vocabulary words;
  private final PrintStream out;

  private ManualPage(Vocabulary words, PrintStream out) {
    this.words = words;
    this.out = out;
  }

  /** Prints the page of the whole program. */
  public static void print(Vocabulary words, PrintStream out) {
    new ManualPage(words, out).printProgram();
  }

  /** Prints the page of one command. */
  public static void print(Vocabulary words, Command command, PrintStream out) {
    new ManualPage(words, out).printCommand(command);
  }

  private void printProgram() {
    String program = words.program();
    title(program);
    section("NAME");
    text(program + " - reads, writes and converts disk images");
    section("SYNOPSIS");
    out.println(".B " + escaped(program));
    text("COMMAND [OPTION...] [OPERAND...]");
    section("DESCRIPTION");
    text("Formats: " + String.join(", ", words.formats()) + ".");
    out.println(".PP");
    text("An image is named by a path, by a URL, by json:{...}, or by options (--image-opts).");
    text("Sizes take the suffixes k, M, G, T, P and E (powers of 1024).");
    section("COMMANDS");
    for (Command command : words.commands()) {
      define(command.name(), command.summary() + "; see " + page(command) + "(1).");
    }
    section("EXIT STATUS");
    exitCodes(ExitCode.DONE_OR_NOT);
    out.println(".PP");
    text("Some commands have others; their pages name them.");
    environment();
  }

  private void printCommand(Command command) {
    title(page(command));
    section("NAME");
    text(page(command) + " - " + lowerFirst(command.summary()));
    section("SYNOPSIS");
    out.println(".B " + escaped(words.program() + " " + command.name()));
    out.println(".br");
    text(command.usage());
    section("OPERANDS");
    for (String line : command.operands().split("\n", -1)) {
      Matcher defined = DEFINED.matcher(line);
      if (line.isBlank()) {
        out.println(".PP");
      } else if (defined.matches()) {
        define(defined.group(1), defined.group(2));
      } else {
        text(line);
      }
    }
    section("OPTIONS");
    for (Option option : words.options(command)) {
      define(usage(option), option.help());
    }
    out.println(".PP");
    text("Sizes take the suffixes k, M, G, T, P and E (powers of 1024).");
    section("EXIT STATUS");
    exitCodes(command.exitCodes());
    section("EXAMPLES");
    for (Example example : command.examples(words.profile())) {
      define(words.program() + " " + example.words(), example.purpose());
    }
    environment();
  }

  private void environment() {
    if (words.profile() == Profile.PLATTER) {
      section("ENVIRONMENT");
      define(
          "PLATTER_PASSPHRASE",
          "the passphrase of encrypted images for which no --object secret is given");
    }
    section("SEE ALSO");
    StringBuilder others = new StringBuilder();
    for (Command command : words.commands()) {
      others.append(others.isEmpty() ? "" : ", ").append(page(command)).append("(1)");
    }
    text(others.toString());
  }

  private void exitCodes(Iterable<ExitCode> codes) {
    for (ExitCode code : codes) {
      define(Integer.toString(code.code()), code.meaning());
    }
  }

  private void title(String page) {
    out.print(".TH " + escaped(page.toUpperCase(Locale.ROOT)) + " 1 \"\" \"Platter ");
    out.println(Profile.VERSION + "\" \"Platter\"");
  }

  private void section(String name) {
    out.println(".SH " + name);
  }

  private void define(String term, String meaning) {
    out.println(".TP");
    out.println(".B " + escaped(term));
    text(meaning);
  }

  private void text(String line) {
    StringBuilder row = new StringBuilder();
    for (String word : escaped(line).split(" ", -1)) {
      if (row.length() + word.length() > WIDTH && !row.isEmpty()) {
        // The end of a row is not that of a sentence, after which there would be two spaces.
        out.println(row.append("\\&"));
        row.setLength(0);
      }
      row.append(row.isEmpty() ? "" : " ").append(word);
    }
    out.println(row);
  }

  private String page(Command command) {
    return words.program() + "-" + command.name();
  }

  private static String usage(Option option) {
    String forms = String.join(", ", Vocabulary.forms(option));
    if (option.argumentIsOptional()) {
      String argument = option.argument();
      return forms + "[=" + argument.substring(1, argument.length() - 1) + "]";
    }
    return option.takesArgument() ? forms + " " + option.argument() : forms;
  }

  private static String lowerFirst(String sentence) {
    return sentence.substring(0, 1).toLowerCase(Locale.ROOT) + sentence.substring(1);
  }

  /**
   * Text as it is: a backslash, a dash, and a dot or quote where a line may begin mean something.
   */
  private static String escaped(String line) {
    return line.replace("\\", "\\e")
        .replace("-", "\\-")
        .replace("\"", "\\(dq")
        .replaceAll("(^| )(?=[.'])", "$1\\\\&");
  }
}
