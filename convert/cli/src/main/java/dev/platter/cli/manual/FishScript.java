package dev.platter.cli.manual;

import dev.platter.cli.line.Command;
import dev.platter.cli.line.Option;
import java.io.PrintStream;
import java.util.List;

/** Completion for fish: a line for each command and each option. */
final class FishScript {
  private FishScript() {}

  static void print(Vocabulary words, PrintStream out) {
    String complete = "complete -c " + words.program();
    for (Command command : words.commands()) {
      out.println(
          complete
              + " -n __fish_use_subcommand -f -a "
              + command.name()
              + " -d "
              + quoted(command.summary()));
    }
    for (Command command : words.commands()) {
      String of = complete + " -n '__fish_seen_subcommand_from " + command.name() + "'";
      if (!command.words().isEmpty()) {
        out.println(of + " -f -a " + quoted(String.join(" ", command.words())));
      }
      for (Option option : words.options(command)) {
        StringBuilder line = new StringBuilder(of);
        if (!option.letters().isEmpty()) {
          line.append(" -s ").append(option.letters().charAt(0));
        }
        if (!option.name().isEmpty()) {
          line.append(" -l ").append(option.name());
        }
        if (option.takesArgument()) {
          List<String> choices = words.choices(command, option);
          line.append(Vocabulary.isFile(option) ? " -r" : " -x");
          if (!choices.isEmpty()) {
            line.append(" -a ").append(quoted(String.join(" ", choices)));
          }
        }
        out.println(line.append(" -d ").append(quoted(option.help())));
      }
    }
  }

  private static String quoted(String text) {
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
  }
}
