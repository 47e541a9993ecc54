package dev.platter.cli.files;

import dev.platter.cli.line.ExitCode;
import dev.platter.cli.line.Failure;
import dev.platter.cli.line.Invocation;
import dev.platter.guest.copy.LeftOut;
import java.util.List;

/** Says what is left out, and has the exit code say that something was. */
final class Skipped implements LeftOut {
  private static final int NOT_ALL = 3;

  static final List<ExitCode> EXIT_CODES =
      List.of(
          new ExitCode(0, "done"),
          new ExitCode(Failure.EXIT, "not done, and why is said"),
          new ExitCode(NOT_ALL, "done, but for what standard error names"));

  private final Invocation call;
  private boolean any;

  Skipped(Invocation call) {
    this.call = call;
  }

  @Override
  public void leftOut(String path, String why) {
    any = true;
    call.complain("/" + path + ": left out: " + why);
  }

  int exitCode() {
    return any ? NOT_ALL : 0;
  }
}
