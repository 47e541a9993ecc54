package dev.platter.cli.command;

import dev.platter.cli.line.Answers;
import dev.platter.cli.line.Arguments;
import dev.platter.cli.line.Command;
import dev.platter.cli.line.Example;
import dev.platter.cli.line.ExitCode;
import dev.platter.cli.line.Failure;
import dev.platter.cli.line.Invocation;
import dev.platter.cli.line.NamedFiles;
import dev.platter.cli.line.Option;
import dev.platter.cli.progress.Interruption;
import dev.platter.cli.progress.ProgressDisplay;
import dev.platter.cli.source.Access;
import dev.platter.cli.source.AllocationMap;
import dev.platter.cli.source.CacheMode;
import dev.platter.cli.source.Source;
import dev.platter.cli.source.Unwrap;
import dev.platter.cli.text.Reasons;
import dev.platter.convert.Comparison;
import dev.platter.convert.ConvertOptions;
import dev.platter.image.BlockMap;
import dev.platter.image.ImageException;
import dev.platter.image.spi.FileUse;
import java.io.IOException;
import java.io.PrintStream;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** {@code compare}: whether two images hold the same disk. */
public final class CompareCommand extends Command {
  private static final Option FIRST_FORMAT =
      new Option("f", "a-format", "FMT", "format of FILE1 (default: told by its content)");
  private static final Option SECOND_FORMAT =
      new Option("F", "b-format", "FMT", "format of FILE2 (default: told by its content)");
  private static final Option STRICT =
      new Option("s", "strict", "", "sizes and what is allocated must be the same too");
  private static final Option CACHE =
      new Option("T", "cache", "CACHE", "cache mode for both files (default: writeback)");

  private static final Option FIRST_DISK =
      new Option(
          "", "disk", "NAME|N", "which disk of FILE1, where that is a container such as ova");

  private static final int DIFFERENT = 1;
  private static final int CANNOT_OPEN = 2;
  private static final int CANNOT_ASK = 3;
  private static final int CANNOT_READ = 4;

  @Override
  public String name() {
    return "compare";
  }

  @Override
  public String summary() {
    return "Tell whether two images hold the same disk";
  }

  @Override
  public String usage() {
    return "[-f FMT] [-F FMT] [-s] [-T CACHE] [-p] [-q] [-U] FILE1 FILE2";
  }

  @Override
  public List<Option> options() {
    return List.of(
        Option.HELP,
        FIRST_FORMAT,
        SECOND_FORMAT,
        STRICT,
        CACHE,
        FIRST_DISK,
        UNWRAP,
        MAX_UNWRAPPED,
        MAX_RATE,
        PROGRESS,
        QUIET,
        FORCE_SHARE,
        IMAGE_OPTS,
        OBJECT);
  }

  @Override
  public String operands() {
    return "FILE1, FILE2  the images; where one is longer, the rest of it must be zero";
  }

  @Override
  public List<ExitCode> exitCodes() {
    return List.of(
        new ExitCode(0, "the same disk"),
        new ExitCode(1, "different disks"),
        new ExitCode(2, "an image cannot be opened"),
        new ExitCode(3, "it cannot be told what is allocated"),
        new ExitCode(4, "an image cannot be read"));
  }

  @Override
  public List<Example> examples() {
    return List.of(
        new Example("tell whether a conversion is right", "compare disk.vmdk disk.qcow2"));
  }

  @Override
  public boolean exitCodeSaysAll(Arguments arguments) {
    return true;
  }

  @Override
  public int noAnswer() {
    return CANNOT_OPEN;
  }

  @Override
  public Optional<NamedFiles> files(Invocation call) {
    return Optional.of(NamedFiles.readingAll(call));
  }

  @Override
  public int run(Invocation call) throws IOException, Failure {
    Arguments arguments = call.arguments();
    if (arguments.operands().size() != 2) {
      throw Failure.usage("Expecting two image file names");
    }
    String first = arguments.operands().get(0);
    String second = arguments.operands().get(1);
    try (Interruption interruption = Interruption.listen();
        Source a = open(call, first, FIRST_FORMAT, call.arguments().last(FIRST_DISK));
        Source b = open(call, second, SECOND_FORMAT, null)) {
      return compare(call, a, b, interruption);
    }
  }

  private static Source open(Invocation call, String file, Option format, String disk)
      throws Failure, IOException {
    try {
      CacheMode cache = CacheMode.of(call.arguments().last(CACHE, "writeback"), "source cache");
      Source source =
          Source.open(
              file,
              call.arguments().last(format),
              disk,
              Unwrap.sources(call),
              true,
              Access.reading(call, FileUse.READ, cache));
      try {
        // Opens the outside files too, such as a data file.
        source.map();
        return source;
      } catch (IOException e) {
        source.close();
        throw new Failure("Could not open '" + file + "': " + Reasons.message(e));
      }
    } catch (Failure e) {
      throw e.withExitCode(CANNOT_OPEN);
    }
  }

  /**
   * Where two disks of one size are first stored in different ways: as data, as zeros, compressed,
   * at a place in a file, or not at all. Which place, and in which image of a chain, does not
   * count.
   */
  private static long firstStatusMismatch(Answers answers, Source a, Source b)
      throws IOException, Failure {
    AllocationMap first = new AllocationMap(a, answers);
    AllocationMap second = new AllocationMap(b, answers);
    long at = 0;
    while (at < first.size()) {
      AllocationMap.Entry one = first.entryAt(at, first.size());
      AllocationMap.Entry other = second.entryAt(at, second.size());
      if (!one.hasStatusOf(other)) {
        return at;
      }
      at += Math.min(one.length(), other.length());
    }
    return Long.MAX_VALUE;
  }

  private static int compare(Invocation call, Source a, Source b, Interruption interruption)
      throws Failure, IOException {
    boolean strict = call.has(STRICT);
    PrintStream out = call.out();
    boolean quiet = call.has(QUIET);
    ProgressDisplay progress = ProgressDisplay.of(call, out);
    try {
      BlockMap first = a.map();
      BlockMap second = b.map();
      String verdict;
      int exitCode = DIFFERENT;
      if (first.size() != second.size() && strict) {
        verdict = "Strict mode: Image size mismatch!";
      } else {
        int workers = ConvertOptions.defaults().workers();
        long status = strict ? firstStatusMismatch(call.answers(), a, b) : Long.MAX_VALUE;
        OptionalLong content =
            Comparison.compare(
                first, second, status, workers, progress, interruption.cancellation());
        long common = Math.min(first.size(), second.size());
        boolean sawEnd = content.orElse(Long.MAX_VALUE) >= common;
        if (first.size() != second.size() && sawEnd && !quiet) {
          out.println("Warning: Image size mismatch!");
        }
        if (content.isPresent()) {
          verdict = "Content mismatch at offset " + content.getAsLong() + "!";
        } else if (status != Long.MAX_VALUE) {
          verdict = "Strict mode: Offset " + status + " block status mismatch!";
        } else {
          progress.complete();
          verdict = "Images are identical.";
          exitCode = 0;
        }
      }
      if (!quiet) {
        out.println(verdict);
      }
      return exitCode;
    } catch (Comparison.ReadException e) {
      String file = (e.first() ? a : b).name().given();
      throw new Failure(
          CANNOT_READ,
          "Error while reading offset " + e.offset() + " of " + file + ": " + Reasons.of(e));
    } catch (ImageException e) {
      throw new Failure(CANNOT_ASK, Reasons.of(e));
    } finally {
      progress.end();
    }
  }
}
