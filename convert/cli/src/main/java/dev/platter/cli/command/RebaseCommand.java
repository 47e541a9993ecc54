package dev.platter.cli.command;

import dev.platter.cli.line.Arguments;
import dev.platter.cli.line.Command;
import dev.platter.cli.line.Example;
import dev.platter.cli.line.Failure;
import dev.platter.cli.line.Invocation;
import dev.platter.cli.line.Option;
import dev.platter.cli.progress.Interruption;
import dev.platter.cli.source.CacheMode;
import dev.platter.convert.Cancellation;
import java.io.IOException;
import java.util.List;

/** {@code rebase}: puts another backing file below an image, or none. */
public final class RebaseCommand extends Command {
  static final Option CACHE =
      new Option("t", "cache", "CACHE", "cache mode for FILE (default: writeback)");
  static final Option BACKING =
      new Option("b", "backing", "BACKING", "the new backing file; an empty name: none");
  static final Option BACKING_FORMAT =
      new Option("FB", "backing-format", "FMT", "format of BACKING");
  static final Option BACKING_CACHE =
      new Option("T", "backing-cache", "CACHE", "cache mode for BACKING (default: writeback)");
  static final Option UNSAFE =
      new Option(
          "u",
          "backing-unsafe",
          "",
          "change the name alone: BACKING holds what the disk shows, or need not be there");
  static final Option COMPRESS =
      new Option("c", "compress", "", "compress what is copied (qcow2 without a data file)");

  @Override
  public String name() {
    return "rebase";
  }

  @Override
  public String summary() {
    return "Put another backing file below an image, or none";
  }

  @Override
  public String usage() {
    return "[-f FMT] [-t CACHE] [-b BACKING [-B FMT] [-T CACHE]] [-u] [-c] [-U] [-p] [-q] FILE";
  }

  @Override
  public List<Option> options() {
    return List.of(
        Option.HELP,
        FORMAT,
        CACHE,
        BACKING,
        BACKING_FORMAT,
        BACKING_CACHE,
        UNSAFE,
        COMPRESS,
        FORCE_SHARE,
        PROGRESS,
        QUIET,
        IMAGE_OPTS,
        OBJECT);
  }

  @Override
  public String operands() {
    return "FILE  the image; what it showed of its old backing file is copied into it, where the new"
        + " one differs";
  }

  @Override
  public List<Example> examples() {
    return List.of(
        new Example(
            "put a copy of the backing file in its place",
            "rebase -b copy.qcow2 -F qcow2 overlay.qcow2"),
        new Example("do without a backing file", "rebase -b \"\" overlay.qcow2"));
  }

  @Override
  public boolean exitCodeSaysAll(Arguments arguments) {
    return true;
  }

  @Override
  public int run(Invocation call) throws IOException, Failure {
    String file = call.operand();
    if (!call.has(UNSAFE) && !call.has(BACKING)) {
      throw Failure.usage("Must specify backing file (-b) or use unsafe mode (-u)");
    }
    CacheMode cache = CacheMode.of(call.arguments().last(CACHE, "writeback"), "cache");
    CacheMode backingCache =
        CacheMode.of(call.arguments().last(BACKING_CACHE, "writeback"), "source cache");
    try (Interruption interruption = Interruption.listen();
        Rebase rebase = Rebase.open(call, file, cache, backingCache)) {
      rebase.run(interruption.cancellation());
      return 0;
    } catch (Cancellation.CancelledException e) {
      // The user knows; the process ends with the signal's own exit code.
      return Failure.EXIT;
    }
  }
}
