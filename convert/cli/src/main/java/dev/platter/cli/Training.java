package dev.platter.cli;

/**
 * The run from which the build makes the AOT cache: drives every command over every format once, so
 * that their classes are loaded and linked in the cache. What is not driven here starts slower, and
 * works all the same.
 */
final class Training {
  private Training() {}

  /** Works in the current directory, which is empty. */
  public static void main(String[] args) {
    Main.run(new String[] {"--version"}, System.out, System.err);
  }
}
