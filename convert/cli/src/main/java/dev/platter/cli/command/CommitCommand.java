package dev.platter.cli.command;

import dev.platter.cli.line.Arguments;
import dev.platter.cli.line.Command;
import dev.platter.cli.line.Example;
import dev.platter.cli.line.Failure;
import dev.platter.cli.line.Invocation;
import dev.platter.cli.line.Numbers;
import dev.platter.cli.line.Option;
import dev.platter.cli.progress.Interruption;
import dev.platter.cli.source.CacheMode;
import dev.platter.convert.Cancellation;
import java.io.IOException;
import java.util.List;

/** {@code commit}: brings what an image holds into one below it. */
public final class CommitCommand extends Command {
  static final Option CACHE =
      new Option("t", "cache", "CACHE", "cache mode of the images' files (default: writeback)");
  static final Option BASE =
      new Option(
          "b",
          "base",
          "BASE",
          "the image of the chain to bring it to (default: the backing file; FILE keeps what it"
              + " holds)");
  static final Option DROP =
      new Option("d", "drop", "", "leave FILE as it is, instead of emptying it afterwards");
  static final Option RATE =
      new Option("r", "rate-limit", "RATE", "read no more than this many bytes a second");

  @Override
  public String name() {
    return "commit";
  }

  @Override
  public String summary() {
    return "Bring what an image holds into its backing file";
  }

  @Override
  public String usage() {
    return "[-f FMT] [-t CACHE] [-b BASE] [-d] [-r RATE] [-p] [-q] FILE";
  }

  @Override
  public List<Option> options() {
    return List.of(
        Option.HELP, FORMAT, CACHE, BASE, DROP, RATE, PROGRESS, QUIET, IMAGE_OPTS, OBJECT);
  }

  @Override
  public String operands() {
    return "FILE  the image above; BASE becomes as large as it is, if it is smaller";
  }

  @Override
  public List<Example> examples() {
    return List.of(
        new Example("bring an overlay into its backing file and empty it", "commit overlay.qcow2"),
        new Example("keep the overlay as it is", "commit -d overlay.qcow2"));
  }

  @Override
  public boolean exitCodeSaysAll(Arguments arguments) {
    return true;
  }

  @Override
  public int run(Invocation call) throws IOException, Failure {
    CacheMode cache = CacheMode.of(call.arguments().last(CACHE, "writeback"), "cache");
    String rate = call.arguments().last(RATE);
    long bytesPerSecond = rate == null ? 0 : Numbers.size(rate, "rate limit");
    String file = call.operand();
    try (Interruption interruption = Interruption.listen();
        Commit commit = Commit.open(call, file, cache)) {
      commit.run(bytesPerSecond, interruption.cancellation());
    } catch (Cancellation.CancelledException e) {
      // The user knows; the process ends with the signal's own exit code.
      return Failure.EXIT;
    }
    if (!call.has(QUIET)) {
      call.out().println("Image committed.");
    }
    return 0;
  }
}
