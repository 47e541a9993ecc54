package dev.platter.cli.manual;

import dev.platter.cli.line.Command;
import dev.platter.cli.line.Option;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;

/** Completion for bash: one function, which looks at the command and the word before. */
final class BashScript {
  private BashScript() {}

  static void print(Vocabulary words, PrintStream out) {
    String commands = String.join(" ", words.commands().stream().map(Command::name).toList());
    out.println(words.functionName() + "() {");
    out.println("  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}");
    out.println("  local command= i");
    out.println("  for ((i = 1; i < COMP_CWORD; i++)); do");
    out.println("    case ${COMP_WORDS[i]} in");
    out.println("      " + commands.replace(' ', '|') + ") command=${COMP_WORDS[i]}; break ;;");
    out.println("    esac");
    out.println("  done");
    out.println("  case $command:$prev in");
    for (Command command : words.commands()) {
      for (Option option : words.options(command)) {
        List<String> choices = words.choices(command, option);
        if (!choices.isEmpty()) {
          List<String> forms = new ArrayList<>();
          for (String form : Vocabulary.forms(option)) {
            forms.add(command.name() + ":" + form);
          }
          offer(String.join(" | ", forms), choices, "; return", out);
        }
      }
    }
    out.println("  esac");
    out.println("  case $command:$cur in");
    offer(":*", List.of(commands), "", out);
    for (Command command : words.commands()) {
      List<String> options = new ArrayList<>();
      for (Option option : words.options(command)) {
        options.addAll(Vocabulary.forms(option));
      }
      offer(command.name() + ":-*", options, "", out);
      if (!command.words().isEmpty()) {
        offer(command.name() + ":*", command.words(), "", out);
      }
    }
    out.println("    *) COMPREPLY=($(compgen -f -- \"$cur\")) ;;");
    out.println("  esac");
    out.println("}");
    out.println("complete -o filenames -F " + words.functionName() + " " + words.program());
  }

  private static void offer(String where, List<String> words, String then, PrintStream out) {
    out.print("    " + where + ")");
    out.print(" COMPREPLY=($(compgen -W '" + String.join(" ", words) + "' -- \"$cur\"))");
    out.println(then + " ;;");
  }
}
