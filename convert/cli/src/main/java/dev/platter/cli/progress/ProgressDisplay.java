package dev.platter.cli.progress;

import dev.platter.cli.line.Command;
import dev.platter.cli.line.Failure;
import dev.platter.cli.line.Invocation;
import dev.platter.convert.Progress;
import java.io.PrintStream;

/** Shows how far long work is, in one of several ways. */
public abstract class ProgressDisplay implements Progress {
  /**
   * The display that the options ask for.
   *
   * @param out where it goes
   */
  public static ProgressDisplay of(Invocation call, PrintStream out) throws Failure {
    if (!call.has(Command.PROGRESS) || call.has(Command.QUIET)) {
      return new ProgressOnSignal(call.err());
    }
    String form = call.arguments().last(Command.PROGRESS);
    if (form != null && !form.equals("json")) {
      throw Failure.usage("--progress expects nothing or 'json', not '" + form + "'");
    }
    if (form != null) {
      return new JsonProgress(out);
    }
    if (!call.profile().asQemuImg() && System.console() != null && System.console().isTerminal()) {
      return new TerminalProgress(out);
    }
    return new PercentProgress(out);
  }

  /** All of the work is done. */
  public abstract void complete();

  /** Nothing more will be shown. */
  public abstract void end();
}
