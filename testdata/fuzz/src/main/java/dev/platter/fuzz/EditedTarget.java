package dev.platter.fuzz;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;

/** Bytes as edits of a seed, whose checksums are put right afterwards. */
public final class EditedTarget {
  /** The property that names the directory of seeds. */
  static final String SEEDS = "fuzz.seeds";

  private static Seeds seeds;

  private EditedTarget() {}

  /** Called by the fuzzer, on one thread. */
  public static void fuzzerTestOneInput(byte[] input) {
    if (seeds == null) {
      try {
        seeds = Seeds.in(Path.of(System.getProperty(SEEDS)));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    if (input.length > 0) {
      Reading.ofFile(Seal.applied(Edits.applied(seeds.at(input[0] & 0xFF), input, 1)));
    }
  }
}
