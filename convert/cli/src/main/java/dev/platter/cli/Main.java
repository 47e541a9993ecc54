package dev.platter.cli;

/** The program's entry. */
public final class Main {
  private Main() {}

  /** Runs one command and ends the process with its exit code. */
  public static void main(String[] args) {
    System.exit(run(args));
  }

  static int run(String... args) {
    System.out.println("platter 0.1.0");
    return 0;
  }
}
