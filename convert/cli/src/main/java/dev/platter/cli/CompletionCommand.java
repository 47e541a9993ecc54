package dev.platter.cli;

import dev.platter.cli.line.Command;
import dev.platter.cli.line.Failure;
import dev.platter.cli.line.Invocation;
import dev.platter.cli.line.Option;
import dev.platter.cli.source.Source;
import dev.platter.image.spi.ImageFormat;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/**
 * {@code completion}: a script that lets a shell complete command lines. Made from the commands'
 * own tables of options, so that it knows what they know.
 */
final class CompletionCommand extends Command {
  private static final String NAME = "completion";
  private static final String BASH = "bash";

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String summary() {
    return "Print a script that completes command lines in a shell";
  }

  @Override
  public String usage() {
    return BASH;
  }

  @Override
  public List<Option> options() {
    return List.of(Option.HELP);
  }

  @Override
  public String operands() {
    return "bash  the shell; use it with: source <(platter completion bash)";
  }

  @Override
  public int run(Invocation call) throws Failure {
    if (!call.arguments().operands().equals(List.of(BASH))) {
      throw Failure.usage("Expecting one shell name: " + BASH);
    }
    print(call.profile().program(), call.out());
    return 0;
  }

  private static void print(String program, PrintStream out) {
    List<String> names = new ArrayList<>(Commands.NAMES);
    names.addAll(Commands.OWN_NAMES);
    String commands = String.join(" ", names);
    names.remove(NAME);
    out.println("_platter() {");
    out.println("  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}");
    out.println("  local command= i");
    out.println("  for ((i = 1; i < COMP_CWORD; i++)); do");
    out.println("    case ${COMP_WORDS[i]} in");
    out.println("      " + commands.replace(' ', '|') + ") command=${COMP_WORDS[i]}; break ;;");
    out.println("    esac");
    out.println("  done");
    out.println("  case $command:$prev in");
    for (String name : names) {
      for (Option option : Commands.named(name).options()) {
        String words = words(option);
        if (!words.isEmpty()) {
          out.print("    " + forms(option, name + ":", " | ") + ")");
          out.println(" COMPREPLY=($(compgen -W '" + words + "' -- \"$cur\")); return ;;");
        }
      }
    }
    out.println("  esac");
    out.println("  case $command:$cur in");
    out.println("    :*) COMPREPLY=($(compgen -W '" + commands + "' -- \"$cur\")) ;;");
    for (String name : names) {
      StringBuilder options = new StringBuilder();
      for (Option option : Commands.named(name).options()) {
        if (!option.help().isEmpty()) {
          options.append(options.isEmpty() ? "" : " ").append(forms(option, "", " "));
        }
      }
      out.print("    " + name + ":-*)");
      out.println(" COMPREPLY=($(compgen -W '" + options + "' -- \"$cur\")) ;;");
    }
    out.println("    " + NAME + ":*) COMPREPLY=($(compgen -W '" + BASH + "' -- \"$cur\")) ;;");
    out.println("    *) COMPREPLY=($(compgen -f -- \"$cur\")) ;;");
    out.println("  esac");
    out.println("}");
    out.println("complete -o filenames -F _platter " + program);
  }

  /** What may follow an option, where that is one of a few words. */
  private static String words(Option option) {
    if (option.argument().equals("FMT")) {
      TreeSet<String> formats = new TreeSet<>();
      for (ImageFormat format : Source.FORMATS.all()) {
        formats.add(format.name());
        formats.addAll(format.aliases());
      }
      return String.join(" ", formats);
    }
    boolean isChoice = option.takesArgument() && option.argument().matches("[a-z]+(\\|[a-z]+)+");
    return isChoice ? option.argument().replace('|', ' ') : "";
  }

  private static String forms(Option option, String before, String between) {
    StringBuilder forms = new StringBuilder();
    if (!option.letters().isEmpty()) {
      forms.append(before).append('-').append(option.letters().charAt(0));
    }
    if (!option.name().isEmpty()) {
      forms.append(forms.isEmpty() ? "" : between).append(before).append("--");
      forms.append(option.name());
    }
    return forms.toString();
  }
}
