package dev.platter.cli;

import dev.platter.cli.line.Arguments;
import dev.platter.cli.line.Command;
import dev.platter.cli.line.CommandLine;
import dev.platter.cli.line.Failure;
import dev.platter.cli.line.Invocation;
import dev.platter.cli.line.Numbers;
import dev.platter.cli.line.Objects;
import dev.platter.cli.line.Option;
import dev.platter.cli.line.Profile;
import dev.platter.cli.text.Reasons;
import dev.platter.cli.text.TextOutput;
import dev.platter.remote.Bandwidth;
import dev.platter.sandbox.Confinement;
import dev.platter.storage.HandedFiles;
import dev.platter.storage.ProgramStart;
import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;

/**
 * The program. One place takes the command line to its command, and one turns whatever goes wrong
 * into one line on standard error and an exit code.
 */
public final class Main {
  /** The system property that the launcher sets to the name under which it was called. */
  private static final String PROGRAM = "platter.program";

  private Main() {}

  /** Runs one command line and ends the process with its exit code. */
  public static void main(String[] args) {
    try {
      if (System.getProperty(Confinement.PROPERTY) != null) { // else not even its class is loaded
        Confinement.enter();
      }
    } catch (IOException e) {
      System.err.println("platter: " + e.getMessage());
      Runtime.getRuntime().halt(Failure.EXIT);
    }
    ProgramStart.prepare();
    PrintStream out = stream(FileDescriptor.out);
    PrintStream err = stream(FileDescriptor.err);
    Profile profile = Profile.named(System.getProperty(PROGRAM, ""));
    int exitCode;
    try {
      exitCode = run(profile, CommandLine.of(args), out, err);
    } catch (Failure e) {
      exitCode = e.exitCode();
      complain(profile.program(), e, out, err);
      err.flush();
    }
    if (exitCode == 0) {
      // Ends at once: exit() first looks for a logger to tell, which takes milliseconds.
      Runtime.getRuntime().halt(0);
    }
    // Waits for an interruption that is under way, whose exit code then counts.
    System.exit(exitCode);
  }

  private static PrintStream stream(FileDescriptor descriptor) {
    return new TextOutput(new BufferedOutputStream(new FileOutputStream(descriptor), 8192));
  }

  /**
   * Runs one command line in this process.
   *
   * @param profile under which name
   * @param out standard output; flushed, not closed
   * @param err standard error; flushed, not closed
   * @return the exit code
   */
  public static int run(Profile profile, String[] args, PrintStream out, PrintStream err) {
    return run(profile, args, TextOutput.of(out), TextOutput.of(err));
  }

  private static int run(Profile profile, String[] args, TextOutput out, TextOutput err) {
    if (TextOutput.mayHoldKey(args)) {
      out.hideKeys();
      err.hideKeys();
    }
    String caller = profile.program();
    int exitCode;
    boolean saidByExitCode = false;
    try {
      StandardOptions standard = StandardOptions.parse(args, profile);
      int command = standard.command();
      if (standard.isAnswered(profile, out)) {
        exitCode = 0;
      } else {
        Command chosen = Commands.named(args[command]);
        if (chosen == null || (profile.asQemuImg() && !Commands.NAMES.contains(chosen.name()))) {
          List<String> names = new ArrayList<>(Commands.NAMES);
          names.addAll(Commands.OWN_NAMES);
          throw Failure.usage(
              "Command not found: "
                  + args[command]
                  + profile.answers().suggestion(names, args[command]));
        }
        caller = profile.program() + " " + chosen.name();
        Arguments arguments =
            Arguments.parse(
                args,
                command + 1,
                chosen.options(profile),
                chosen.takesNegativeNumbers(),
                profile.answers());
        exitCode =
            standard.sandbox().isPresent() && !arguments.has(Option.HELP)
                ? new SandboxedCommand(
                        standard, new Invocation(profile, arguments, out, err, Objects.NONE))
                    .run(chosen, args)
                : run(chosen, arguments, profile, out, err);
        saidByExitCode = !arguments.has(Option.HELP) && chosen.exitCodeSaysAll(arguments);
      }
    } catch (Failure e) {
      exitCode = e.exitCode();
      boolean isOption = e.kind() == Failure.Kind.OPTION;
      complain(isOption ? caller : profile.program(), e, out, err);
      if (e.kind() != Failure.Kind.WORK) {
        err.println("Try '" + caller + " --help' for more information");
      }
    } catch (IOException e) {
      exitCode = Failure.EXIT;
      complain(profile.program(), Reasons.message(e), out, err);
    } catch (OutOfMemoryError e) {
      exitCode = Failure.EXIT;
      complain(profile.program(), "Cannot allocate memory: " + Reasons.message(e), out, err);
    } catch (RuntimeException | Error e) {
      exitCode = Failure.EXIT;
      complain(
          profile.program(),
          "internal error: " + e.getClass().getSimpleName() + ": " + Reasons.message(e),
          out,
          err);
    }
    err.flush();
    if (out.checkError() && exitCode == 0) {
      exitCode = saidByExitCode ? 0 : Failure.EXIT;
      complain(profile.program(), "cannot write to standard output", out, err);
      err.flush();
    }
    return exitCode;
  }

  private static int run(
      Command command, Arguments arguments, Profile profile, PrintStream out, PrintStream err)
      throws IOException, Failure {
    if (arguments.has(Option.HELP)) {
      Help.print(profile, command, out);
      return 0;
    }
    Invocation call = new Invocation(profile, arguments, out, err);
    boolean isPaced = arguments.has(Command.MAX_RATE);
    if (isPaced) {
      Bandwidth.limit(Numbers.size(arguments.last(Command.MAX_RATE), "rate", 1, Long.MAX_VALUE));
    }
    try (Objects _ = call.objects()) {
      return command.run(call);
    } finally {
      if (isPaced) {
        Bandwidth.unlimit();
      }
    }
  }

  private static void complain(String who, Failure e, PrintStream out, PrintStream err) {
    complain(who, e.getMessage(), out, err);
    if (e.question() != null) {
      err.println(e.question());
    }
    if (e.secondLine() != null) {
      for (String line : e.secondLine().split("\n", -1)) {
        err.println(line);
      }
    }
  }

  private static void complain(String who, String message, PrintStream out, PrintStream err) {
    out.flush();
    err.println(who + ": " + message);
    if (HandedFiles.isConfined()
        && (message.endsWith("Permission denied") || message.endsWith("Operation not permitted"))) {
      err.println(
          "In a sandbox only files can be opened that the command line names; --sandbox-read PATH"
              + " names more");
    }
  }
}
