package dev.platter.fuzz;

/** Bytes as a file. */
public final class ImageTarget {
  private ImageTarget() {}

  /** Called by the fuzzer. */
  public static void fuzzerTestOneInput(byte[] input) {
    Reading.ofFile(input);
  }
}
