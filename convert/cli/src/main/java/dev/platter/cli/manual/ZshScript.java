package dev.platter.cli.manual;

import dev.platter.cli.line.Command;
import dev.platter.cli.line.Option;
import java.io.PrintStream;
import java.util.List;

/** Completion for zsh, by its {@code _arguments}: it shows what each option does. */
final class ZshScript {
  private ZshScript() {}

  static void print(Vocabulary words, PrintStream out) {
    String function = words.functionName();
    out.println("#compdef " + words.program());
    out.println(function + "() {");
    out.println("  local curcontext=\"$curcontext\" state line");
    out.println("  _arguments -C '1:command:->command' '*::argument:->argument'");
    out.println("  case $state in");
    out.println("    command)");
    out.println("      local -a commands=(");
    for (Command command : words.commands()) {
      out.println("        '" + command.name() + ":" + quoted(command.summary()) + "'");
    }
    out.println("      )");
    out.println("      _describe -t commands command commands ;;");
    out.println("    argument)");
    out.println("      case $words[1] in");
    for (Command command : words.commands()) {
      out.println("        " + command.name() + ") _arguments \\");
      for (Option option : words.options(command)) {
        out.println("          " + specification(words, command, option) + " \\");
      }
      String operands =
          command.words().isEmpty() ? "_files" : "(" + String.join(" ", command.words()) + ")";
      out.println("          '*:operand:" + operands + "' ;;");
    }
    out.println("      esac ;;");
    out.println("  esac");
    out.println("}");
    // Called by the completion system that has loaded it from a file, or read by a shell at once.
    out.println("if [[ ${funcstack[1]-} = " + function + " ]]; then");
    out.println("  " + function + " \"$@\"");
    out.println("else");
    out.println("  compdef " + function + " " + words.program());
    out.println("fi");
  }

  /** What _arguments wants to know of an option, once for each of its forms. */
  private static String specification(Vocabulary words, Command command, Option option) {
    StringBuilder argument = new StringBuilder();
    if (option.takesArgument()) {
      argument.append(':').append(quoted(option.argument())).append(':');
      List<String> choices = words.choices(command, option);
      if (!choices.isEmpty()) {
        argument.append('(').append(String.join(" ", choices)).append(')');
      } else if (Vocabulary.isFile(option)) {
        argument.append("_files");
      } else {
        argument.append(' ');
      }
    }
    String rest = "'[" + quoted(option.help()) + "]" + argument + "'";
    List<String> forms = Vocabulary.forms(option);
    if (forms.size() == 1) {
      return "'*'" + forms.getFirst() + rest;
    }
    return "'*'{" + String.join(",", forms) + "}" + rest;
  }

  /** A text inside single quotes and inside a specification, where brackets and colons count. */
  private static String quoted(String text) {
    return text.replace("\\", "\\\\")
        .replace("[", "\\[")
        .replace("]", "\\]")
        .replace(":", "\\:")
        .replace("'", "'\\''");
  }
}
