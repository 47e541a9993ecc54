package dev.platter.cli;

import dev.platter.cli.line.Command;
import dev.platter.cli.line.Example;
import dev.platter.cli.line.Failure;
import dev.platter.cli.line.Invocation;
import dev.platter.cli.line.Option;
import dev.platter.cli.line.Profile;
import dev.platter.cli.manual.Shell;
import java.util.List;
import java.util.Locale;

/** {@code completion}: a script that lets a shell complete command lines. */
final class CompletionCommand extends Command {
  private static final Option PROGRAM =
      new Option(
          "", "program", "platter|qemu-img", "under which name the program is called (platter)");

  @Override
  public String name() {
    return "completion";
  }

  @Override
  public String summary() {
    return "Print a script that completes command lines in a shell";
  }

  @Override
  public String usage() {
    return "[--program platter|qemu-img] " + String.join("|", words());
  }

  @Override
  public List<Option> options() {
    return List.of(Option.HELP, PROGRAM);
  }

  @Override
  public String operands() {
    return String.join(", ", words())
        + "  the shell; bash and zsh read the script by: source <(platter completion bash),"
        + " fish by: platter completion fish | source";
  }

  @Override
  public List<String> words() {
    return Shell.NAMES;
  }

  @Override
  public List<Example> examples() {
    return List.of(
        new Example("a script for bash", "completion bash"),
        new Example("one for programs called qemu-img, too", "completion --program qemu-img zsh"));
  }

  @Override
  public int run(Invocation call) throws Failure {
    List<String> operands = call.arguments().operands();
    if (operands.size() != 1 || !words().contains(operands.getFirst())) {
      throw Failure.usage("Expecting one shell name: " + String.join(", ", words()));
    }
    Shell shell = Shell.valueOf(operands.getFirst().toUpperCase(Locale.ROOT));
    shell.print(Commands.vocabulary(profile(call)), call.out());
    return 0;
  }

  /** The name under which the program will be called. */
  private static Profile profile(Invocation call) throws Failure {
    String program = call.arguments().last(PROGRAM, call.profile().program());
    for (Profile profile : Profile.values()) {
      if (profile.program().equals(program)) {
        return profile;
      }
    }
    throw Failure.usage("--program expects platter or qemu-img, not '" + program + "'");
  }
}
