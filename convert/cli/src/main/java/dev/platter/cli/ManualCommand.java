package dev.platter.cli;

import dev.platter.cli.line.Command;
import dev.platter.cli.line.Example;
import dev.platter.cli.line.Failure;
import dev.platter.cli.line.Invocation;
import dev.platter.cli.line.Option;
import dev.platter.cli.manual.ManualPage;
import dev.platter.cli.manual.Vocabulary;
import java.util.ArrayList;
import java.util.List;

/** {@code manual}: a page of the manual, as the distribution has them in files. */
final class ManualCommand extends Command {
  @Override
  public String name() {
    return "manual";
  }

  @Override
  public String summary() {
    return "Print a page of the manual, for man";
  }

  @Override
  public String usage() {
    return "[COMMAND]";
  }

  @Override
  public List<Option> options() {
    return List.of(Option.HELP);
  }

  @Override
  public String operands() {
    return "COMMAND  of which command (default: of the program)";
  }

  @Override
  public List<String> words() {
    List<String> names = new ArrayList<>(Commands.NAMES);
    names.addAll(Commands.OWN_NAMES);
    return names;
  }

  @Override
  public List<Example> examples() {
    return List.of(
        new Example("read one with: platter manual convert | man -l -", "manual convert"));
  }

  @Override
  public int run(Invocation call) throws Failure {
    Vocabulary vocabulary = Commands.vocabulary(call.profile());
    List<String> operands = call.arguments().operands();
    if (operands.size() > 1) {
      throw Failure.usage("Expecting one command");
    }
    if (operands.isEmpty()) {
      ManualPage.print(vocabulary, call.out());
      return 0;
    }
    for (Command command : vocabulary.commands()) {
      if (command.name().equals(operands.getFirst())) {
        ManualPage.print(vocabulary, command, call.out());
        return 0;
      }
    }
    String name = operands.getFirst();
    throw Failure.usage(
        "Command not found: " + name + call.profile().answers().suggestion(words(), name));
  }
}
