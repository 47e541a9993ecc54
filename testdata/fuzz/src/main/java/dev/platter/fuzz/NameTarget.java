package dev.platter.fuzz;

import java.nio.charset.StandardCharsets;

/** Bytes as the name of an image: a path, an address, JSON, options. */
public final class NameTarget {
  private NameTarget() {}

  /** Called by the fuzzer. */
  public static void fuzzerTestOneInput(byte[] input) {
    Reading.ofName(new String(input, StandardCharsets.UTF_8));
  }
}
