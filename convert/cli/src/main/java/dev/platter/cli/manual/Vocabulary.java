package dev.platter.cli.manual;

import dev.platter.cli.line.Command;
import dev.platter.cli.line.Option;
import dev.platter.cli.line.Profile;
import java.util.List;
import java.util.Set;

/**
 * The words that a command line may have.
 *
 * @param profile under which name the program is called
 * @param commands what it can do, in the order of its help
 * @param formats the formats' names, for arguments that are formats
 * @param madeFormats those of which images are made, too
 */
public record Vocabulary(
    Profile profile, List<Command> commands, List<String> formats, List<String> madeFormats) {
  /**
   * What names the format of a new image, whatever the command; and what does so where one is made.
   */
  private static final Set<String> NEW_FORMATS = Set.of("target-format", "output-format");

  private static final String CREATE = "create";
  private static final String FORMAT = "format";

  private static final Set<String> FILES =
      Set.of("FILE", "PATH", "BACKING", "BASE", "OVERLAY", "SRC_FILE");

  /** The program's name. */
  String program() {
    return profile.program();
  }

  /** The options of a command that its help shows. */
  List<Option> options(Command command) {
    return command.options(profile).stream().filter(option -> !option.help().isEmpty()).toList();
  }

  /** What may be an option's argument, where that is one of a few words; empty: anything. */
  List<String> choices(Command command, Option option) {
    if (option.argument().equals("FMT")) {
      boolean isOfNew =
          NEW_FORMATS.contains(option.name())
              || command.name().equals(CREATE) && option.name().equals(FORMAT);
      return isOfNew ? madeFormats : formats;
    }
    boolean isChoice =
        option.takesArgument() && option.argument().matches("[a-z_-]+(\\|[a-z_-]+)+");
    return isChoice ? List.of(option.argument().split("\\|")) : List.of();
  }

  /** Whether an option's argument is the name of a file. */
  static boolean isFile(Option option) {
    return FILES.contains(option.argument());
  }

  /** The short form to show, dash and all; empty: there is none. */
  static String shortForm(Option option) {
    return option.letters().isEmpty() ? "" : "-" + option.letters().charAt(0);
  }

  /** The long form, dashes and all; empty: there is none. */
  static String longForm(Option option) {
    return option.name().isEmpty() ? "" : "--" + option.name();
  }

  /** Both forms that there are. */
  static List<String> forms(Option option) {
    return List.of(shortForm(option), longForm(option)).stream()
        .filter(form -> !form.isEmpty())
        .toList();
  }

  /** What the function of a script is called, and zsh's file of it. */
  String functionName() {
    return "_" + program();
  }
}
