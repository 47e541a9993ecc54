package dev.platter.cli.source;

import dev.platter.cli.line.Command;
import dev.platter.cli.line.Failure;
import dev.platter.cli.line.Invocation;
import dev.platter.cli.line.Numbers;
import dev.platter.image.chain.WrappedFiles;
import dev.platter.image.wrap.UnwrapLimits;
import dev.platter.image.wrap.Unwrapping;
import dev.platter.image.wrap.Wrappings;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/** How compressions around the files of sources are taken off, as the command line says. */
public final class Unwrap {
  /** Every wrapping there is; looked for when it is needed. */
  public static final Wrappings WRAPPINGS = Wrappings.present();

  private Unwrap() {}

  /** How the source files of a command are unwrapped; empty: they are taken as they are. */
  public static Optional<WrappedFiles> sources(Invocation call) throws Failure {
    return sources(call, Unwrapping.spoolDirectory());
  }

  /**
   * The same where there is a better place for what must be unwrapped into a file.
   *
   * @param spoolDirectory that place
   */
  public static Optional<WrappedFiles> sources(Invocation call, Path spoolDirectory)
      throws Failure {
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
}
