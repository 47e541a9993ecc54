package dev.platter.cli.line;

/** Why a command ends early: one line for standard error and an exit code. */
public final class Failure extends Exception {
  private static final long serialVersionUID = 1L;

  /** The exit code of nearly everything that goes wrong. */
  public static final int EXIT = 1;

  /** What the failure is about, which decides how it is told. */
  public enum Kind {
    /** What the command was to do. */
    WORK,
    /** The command line as a whole: a hint at {@code --help} follows. */
    USAGE,
    /** One option's form: told in getopt's way, the command named, and the hint follows. */
    OPTION
  }

  private final int exitCode;
  private final Kind kind;
  private final String secondLine;

  private Failure(int exitCode, String message, String secondLine, Kind kind) {
    super(message, null, false, false);
    this.exitCode = exitCode;
    this.kind = kind;
    this.secondLine = secondLine;
  }

  private Failure(int exitCode, String message, Kind kind) {
    this(exitCode, message, null, kind);
  }

  public Failure(String message) {
    this(EXIT, message, Kind.WORK);
  }

  public Failure(int exitCode, String message) {
    this(exitCode, message, Kind.WORK);
  }

  /** The command line does not make sense. */
  public static Failure usage(String message) {
    return new Failure(EXIT, message, Kind.USAGE);
  }

  /** An option does not have the form it must have. */
  static Failure option(String message) {
    return new Failure(EXIT, message, Kind.OPTION);
  }

  public int exitCode() {
    return exitCode;
  }

  public Kind kind() {
    return kind;
  }

  /** The same with another exit code. */
  public Failure withExitCode(int code) {
    return new Failure(code, getMessage(), secondLine, kind);
  }

  /** The same, which says something more on a line of its own; null: nothing. */
  public Failure withSecondLine(String line) {
    return new Failure(exitCode, getMessage(), line, kind);
  }

  /** What it says on a line of its own, or null. */
  public String secondLine() {
    return secondLine;
  }
}
