package dev.platter.cli.line;

import java.util.List;

/** What an exit code of a command means. */
public record ExitCode(int code, String meaning) {
  /** What most commands answer. */
  public static final List<ExitCode> DONE_OR_NOT =
      List.of(new ExitCode(0, "done"), new ExitCode(Failure.EXIT, "not done, and why is said"));
}
