package dev.platter.cli.image;

import dev.platter.cli.line.Command;
import dev.platter.cli.line.Failure;
import dev.platter.cli.line.Invocation;
import dev.platter.cli.line.Option;
import dev.platter.cli.source.Unwrap;
import dev.platter.image.wrap.Wrapping;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Which compressions and archives are put around a new image. */
public final class Wrap {
  public static final Option WRAP =
      new Option(
          "",
          "wrap",
          "NAME[:LEVEL]",
          "compress the file of a raw or iso TARGET: zst, xz, gz or lz4, or put it into an archive: "
              + "tar, tar.gz, ... (default: by its name's ending); none: do not");

  private Wrap() {}

  /**
   * What a new image is wrapped in.
   *
   * @param level how hard to compress
   */
  public record Around(Wrapping wrapping, int level) {}

  /**
   * The wrappings that the command line asks for, by option or by the name of the target: a
   * compression, an archive, or the one around the other; the outermost first.
   *
   * @param inOrder whether the image is written in order; only then it can be wrapped
   */
  public static List<Around> target(Invocation call, String name, boolean inOrder) throws Failure {
    String text = call.arguments().last(WRAP);
    boolean existing = call.has(Command.NO_CREATE);
    if (!call.profile().unwraps() || "none".equals(text)) {
      return List.of();
    }
    if (text == null) {
      return inOrder && !existing ? byEnding(name) : List.of();
    }
    if (existing) {
      throw new Failure("--wrap is not for targets that exist (-n)");
    }
    if (!inOrder) {
      throw new Failure("--wrap is for images that are written in order, such as raw and iso");
    }
    int colon = text.indexOf(':');
    String[] wanted = (colon < 0 ? text : text.substring(0, colon)).split("\\.", -1);
    List<Around> all = new ArrayList<>();
    for (int i = wanted.length - 1; i >= 0; i--) {
      Optional<Wrapping> wrapping = Unwrap.WRAPPINGS.named(wanted[i]);
      if (wrapping.isEmpty() || i < wanted.length - 1 && !wrapping.get().needsSize()) {
        throw new Failure("--wrap: unknown compression '" + String.join(".", wanted) + "'");
      }
      all.add(
          around(
              wrapping.get(),
              colon < 0 || i < wanted.length - 1 ? null : text.substring(colon + 1)));
    }
    return all;
  }

  private static List<Around> byEnding(String name) throws Failure {
    Optional<Wrapping> outer = Unwrap.WRAPPINGS.endingOf(name);
    if (outer.isEmpty()) {
      return List.of();
    }
    String rest = name.substring(0, name.length() - outer.get().name().length() - 1);
    Optional<Wrapping> inner = Unwrap.WRAPPINGS.endingOf(rest).filter(Wrapping::needsSize);
    Around first = around(outer.get(), null);
    return inner.isEmpty() ? List.of(first) : List.of(first, around(inner.get(), null));
  }

  private static Around around(Wrapping wrapping, String level) throws Failure {
    Wrapping.Levels levels =
        wrapping
            .levels()
            .orElseThrow(() ->
                new Failure(
                    wrapping.name()
                        + " files are only read, not made (--wrap none: not compressed)"));
    if (level == null) {
      return new Around(wrapping, levels.usual());
    }
    if (!level.matches("[0-9]{1,3}")
        || Integer.parseInt(level) < levels.lowest()
        || Integer.parseInt(level) > levels.highest()) {
      throw new Failure(
          "--wrap: %s has levels %d to %d, not '%s'"
              .formatted(wrapping.name(), levels.lowest(), levels.highest(), level));
    }
    return new Around(wrapping, Integer.parseInt(level));
  }
}
