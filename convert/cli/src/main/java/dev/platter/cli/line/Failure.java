package dev.platter.cli.line;

import dev.platter.storage.LockedException;

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
  private final String question;
  private final String reason;
  private final String secondLine;

  private Failure(
      int exitCode, String message, String question, String reason, String secondLine, Kind kind) {
    super(message, null, false, false);
    this.exitCode = exitCode;
    this.kind = kind;
    this.question = question;
    this.reason = reason;
    this.secondLine = secondLine;
  }

  private Failure(int exitCode, String message, Kind kind) {
    this(exitCode, message, null, null, null, kind);
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

  /**
   * Another program uses a file; a line of its own asks about it, in QEMU's words.
   *
   * @param prefix what could not be done, a colon behind it; empty: nothing is said of it
   */
  public static Failure locked(String prefix, LockedException e) {
    return of(prefix + e.reason(), e);
  }

  /**
   * Ends a command with these words; where a lock is the cause, a line of its own asks about it.
   */
  public static Failure of(String message, Throwable cause) {
    return new Failure(EXIT, message, questionOf(cause), null, null, Kind.WORK);
  }

  /**
   * An image cannot be opened.
   *
   * @param name as the user gave it
   */
  public static Failure cannotOpen(String name, String reason, Throwable cause) {
    String message = "Could not open '" + name + "': " + reason;
    return new Failure(EXIT, message, questionOf(cause), reason, null, Kind.WORK);
  }

  private static String questionOf(Throwable cause) {
    return cause instanceof LockedException locked
        ? "Is another process using the image [" + locked.file() + "]?"
        : null;
  }

  public int exitCode() {
    return exitCode;
  }

  public Kind kind() {
    return kind;
  }

  /** The same with another exit code. */
  public Failure withExitCode(int code) {
    return new Failure(code, getMessage(), question, reason, secondLine, kind);
  }

  /** The same, which says something more on a line of its own; null: nothing. */
  public Failure withSecondLine(String line) {
    return new Failure(exitCode, getMessage(), question, reason, line, kind);
  }

  /** Why a command ends whose words are others than those of what failed in it. */
  public Failure retold(String message) {
    return new Failure(EXIT, message, question, null, null, Kind.WORK);
  }

  /** Why an image cannot be opened, without which one it is; null where that is not what failed. */
  public String reason() {
    return reason;
  }

  /** What it asks the user, or null. */
  public String question() {
    return question;
  }

  /** What it says on a line of its own, or null. */
  public String secondLine() {
    return secondLine;
  }
}
