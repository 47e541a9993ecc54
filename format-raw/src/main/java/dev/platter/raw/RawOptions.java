package dev.platter.raw;

import dev.platter.image.FormatOptions;
import dev.platter.image.IllegalOptionException;
import dev.platter.image.OptionSpec;
import dev.platter.image.Preallocation;
import java.util.List;

/**
 * The creation options of raw disks.
 *
 * @param preallocation how the file's space is set aside
 */
record RawOptions(Preallocation preallocation) {
  static final List<OptionSpec> SPECS =
      List.of(
          new OptionSpec("size", OptionSpec.Type.SIZE, "Virtual disk size"),
          new OptionSpec(
              "preallocation",
              OptionSpec.Type.STRING,
              "Preallocation mode (allowed values: off, falloc, full)"));

  static RawOptions of(FormatOptions options) throws IllegalOptionException {
    String text = options.string("preallocation").orElse("off");
    Preallocation preallocation =
        switch (text) {
          case "off" -> Preallocation.OFF;
          case "falloc" -> Preallocation.FALLOC;
          case "full" -> Preallocation.FULL;
          case "metadata" ->
              throw new IllegalOptionException("Unsupported preallocation mode: metadata");
          default -> throw new IllegalOptionException("invalid parameter value: " + text);
        };
    return new RawOptions(preallocation);
  }
}
