package dev.platter.benchmarks.race;

/** What a Java program cannot be faster than. */
public final class EmptyMain {
  private EmptyMain() {}

  /** Does nothing. */
  public static void main(String[] args) {}
}
