package dev.platter.cli.files;

import dev.platter.cli.line.ExitCode;
import dev.platter.cli.line.Failure;
import dev.platter.cli.line.Invocation;
import dev.platter.guest.copy.LeftOut;
import java.util.List;

/** Says what is left out, and has the exit code say that something was. */
final class Skipped implements LeftOut {
  static final int NOT_ALL = 3;

  static final List<ExitCode> EXIT_CODES =
      List.of(
          new ExitCode(0, "done"),
          new ExitCode(Failure.EXIT, "not done, and why is said"),
          new ExitCode(NOT_ALL, "done, but for what standard error names"));

  private final Invocation call;
  private final String start;
  private boolean any;

  /**
   * @param start the path that others begin at
   */
  Skipped(Invocation call, String start) {
    this.call = call;
    this.start = start;
  }

  @Override
  public void leftOut(String path, String why) {
    any = true;
    String whole = path.isEmpty() || start.endsWith("/") ? start + path : start + "/" + path;
    call.complain(whole + ": left out: " + why);
  }

  int exitCode() {
    return any ? NOT_ALL : 0;
  }
}
