package dev.platter.cli;

import dev.platter.image.chain.WrappedFiles;
import dev.platter.image.wrap.UnwrapLimits;
import dev.platter.image.wrap.Unwrapping;
import dev.platter.image.wrap.Wrapping;
import dev.platter.image.wrap.Wrappings;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/** Compressions around files, as the command line says: off for sources, around for targets. */
final class Unwrap {
  /** Every wrapping there is; looked for when it is needed. */
  static final Wrappings WRAPPINGS = Wrappings.present();

  private static final String NONE = "none";

  private Unwrap() {}

  /** How the source files of a command are unwrapped; empty: they are taken as they are. */
  static Optional<WrappedFiles> sources(Invocation call) throws Failure {
    return sources(call, Unwrapping.spoolDirectory());
  }

  /**
   * The same where there is a better place for what must be unwrapped into a file.
   *
   * @param spoolDirectory that place
   */
  static Optional<WrappedFiles> sources(Invocation call, Path spoolDirectory) throws Failure {
    String when = call.arguments().last(Command.UNWRAP, "auto");
    if (!when.equals("auto") && !when.equals("always") && !when.equals("never")) {
      throw Failure.usage("--unwrap expects 'auto', 'always' or 'never', not '" + when + "'");
    }
    UnwrapLimits limits = UnwrapLimits.DEFAULT;
    if (call.has(Command.MAX_UNWRAPPED)) {
      String most = call.arguments().last(Command.MAX_UNWRAPPED);
      limits = UnwrapLimits.atMost(Numbers.size(most, "limit of what is unwrapped"));
    }
    if (!call.profile().unwraps() || when.equals("never")) {
      return Optional.empty();
    }
    Unwrapping unwrapping =
        new Unwrapping(
            WRAPPINGS,
            limits.raisedBy("--" + Command.MAX_UNWRAPPED.name()),
            new Complaints(call, new HashSet<>()));
    return Optional.of(new WrappedFiles(unwrapping, when.equals("always"), spoolDirectory));
  }

  /** Tells what is to be told of a file once, however often it is read. */
  private record Complaints(Invocation call, Set<String> told) implements Consumer<String> {
    @Override
    public void accept(String remark) {
      if (told.add(remark)) {
        call.complain("warning: " + remark);
      }
    }
  }

  /**
   * What a new image is wrapped in.
   *
   * @param level how hard to compress
   */
  record Around(Wrapping wrapping, int level) {}

  /**
   * The wrappings that the command line asks for, by option or by the name of the target: a
   * compression, an archive, or the one around the other; the outermost first.
   *
   * @param inOrder whether the image is written in order; only then it can be wrapped
   */
  static List<Around> target(Invocation call, String name, boolean inOrder) throws Failure {
    String text = call.arguments().last(ConvertCommand.WRAP);
    boolean existing = call.has(ConvertCommand.NO_CREATE);
    if (!call.profile().unwraps() || NONE.equals(text)) {
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
      Optional<Wrapping> wrapping = WRAPPINGS.named(wanted[i]);
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
    Optional<Wrapping> outer = WRAPPINGS.endingOf(name);
    if (outer.isEmpty()) {
      return List.of();
    }
    String rest = name.substring(0, name.length() - outer.get().name().length() - 1);
    Optional<Wrapping> inner = WRAPPINGS.endingOf(rest).filter(Wrapping::needsSize);
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
