package dev.platter.cli.command;

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
import dev.platter.cli.source.ResizedMap;
import dev.platter.cli.source.Source;
import dev.platter.cli.text.Reasons;
import dev.platter.convert.ConvertOptions;
import dev.platter.convert.DiskDiff;
import dev.platter.image.BlockMap;
import dev.platter.image.DirtyBitmap;
import dev.platter.image.Extent;
import dev.platter.image.Sizes;
import dev.platter.image.chain.ImageChain;
import dev.platter.image.disk.LayeredMap;
import java.io.IOException;
import java.io.PrintStream;
import java.util.List;
import java.util.Optional;

/** {@code diff}: in which ranges a disk differs from an older one. */
public final class DiffCommand extends Command {
  private static final Option FIRST_FORMAT =
      new Option("f", "a-format", "FMT", "format of OLD (default: told by its content)");
  private static final Option SECOND_FORMAT =
      new Option("F", "b-format", "FMT", "format of NEW (default: told by its content)");
  private static final Option BITMAP =
      new Option("", "bitmap", "NAME", "what this dirty bitmap of NEW marks; there is no OLD");

  private static final int DIFFERENT = 1;
  private static final int CANNOT_READ = 2;
  private static final int COLUMN = 20;

  @Override
  public String name() {
    return "diff";
  }

  @Override
  public String summary() {
    return "Tell in which ranges a disk differs from an older one";
  }

  @Override
  public String usage() {
    return "[-f FMT] [-F FMT] [--output human|json] [-p] [-q] [-U] OLD NEW | --bitmap NAME NEW";
  }

  @Override
  public List<Option> options() {
    return List.of(
        Option.HELP,
        FIRST_FORMAT,
        SECOND_FORMAT,
        BITMAP,
        UNWRAP,
        MAX_UNWRAPPED,
        MAX_RATE,
        OUTPUT,
        PROGRESS,
        QUIET,
        FORCE_SHARE,
        IMAGE_OPTS,
        OBJECT);
  }

  @Override
  public String operands() {
    return "OLD, NEW  the images; where OLD is in the chain of NEW, only what lies above it is read\n"
        + "\n"
        + "With --output=json each range is a line of its own.";
  }

  @Override
  public List<ExitCode> exitCodes() {
    return List.of(
        new ExitCode(0, "the same disk"),
        new ExitCode(1, "different disks"),
        new ExitCode(2, "an image cannot be read"));
  }

  @Override
  public List<Example> examples() {
    return List.of(
        new Example("tell what an overlay has changed", "diff base.qcow2 overlay.qcow2"),
        new Example(
            "one JSON object for each range", "diff --output=json base.qcow2 overlay.qcow2"));
  }

  @Override
  public boolean exitCodeSaysAll(Arguments arguments) {
    return arguments.has(QUIET);
  }

  @Override
  public int noAnswer() {
    return CANNOT_READ;
  }

  @Override
  public Optional<NamedFiles> files(Invocation call) {
    return Optional.of(NamedFiles.readingAll(call));
  }

  @Override
  public int run(Invocation call) throws IOException, Failure {
    List<String> operands = call.arguments().operands();
    boolean byBitmap = call.has(BITMAP);
    if (operands.size() != (byBitmap ? 1 : 2)) {
      throw Failure.usage(
              byBitmap ? "Expecting one image file name" : "Expecting two image file names")
          .withExitCode(CANNOT_READ);
    }
    try (Interruption interruption = Interruption.listen();
        Source after = open(call, operands.getLast(), SECOND_FORMAT)) {
      Ranges ranges = new Ranges(call);
      if (byBitmap) {
        marked(after, call.arguments().last(BITMAP), ranges);
        return ranges.end(after.map().size());
      }
      try (Source before = open(call, operands.getFirst(), FIRST_FORMAT)) {
        return compare(call, before, after, ranges, interruption);
      }
    } catch (Failure e) {
      throw e.withExitCode(CANNOT_READ);
    } catch (IOException e) {
      throw new Failure(CANNOT_READ, Reasons.message(e));
    }
  }

  private static Source open(Invocation call, String file, Option format)
      throws Failure, IOException {
    return WholeDisk.open(call, file, call.arguments().last(format), null);
  }

  private static int compare(
      Invocation call, Source before, Source after, Ranges ranges, Interruption interruption)
      throws Failure, IOException {
    long old = before.map().size();
    long now = after.map().size();
    long size = Math.max(old, now);
    if (old != now) {
      call.complain(
          "warning: the disks have "
              + old
              + " and "
              + now
              + " bytes; what is behind the end of the shorter counts as zeros");
    }
    ProgressDisplay progress = ProgressDisplay.of(call, call.err());
    try {
      DiskDiff.run(
          ResizedMap.of(before.map(), size),
          ResizedMap.of(after.map(), size),
          above(before, after),
          ConvertOptions.defaults().workers(),
          ranges::add,
          progress,
          interruption.cancellation());
      progress.complete();
    } finally {
      progress.end();
    }
    int verdict = ranges.end(size);
    return old == now ? verdict : DIFFERENT;
  }

  /** What lies above the older image in the chain of the newer one, where it is in that. */
  public static Optional<BlockMap> above(Source before, Source after) throws IOException, Failure {
    ImageChain.Layer old = before.chain().top();
    List<ImageChain.Layer> layers = after.chain().layers();
    for (int i = 1; i < layers.size(); i++) {
      ImageChain.Layer layer = layers.get(i);
      if (isSameFile(layer, old) && layer.format().name().equals(old.format().name())) {
        return Optional.of(new LayeredMap(after.map().layers().subList(0, i)));
      }
    }
    return Optional.empty();
  }

  private static boolean isSameFile(ImageChain.Layer one, ImageChain.Layer other)
      throws IOException {
    return one.location().path().isPresent()
        && other.location().path().isPresent()
        && one.location().file().toRealPath().equals(other.location().file().toRealPath());
  }

  /** What a bitmap marks, as it is now. */
  private static void marked(Source source, String name, Ranges ranges)
      throws IOException, Failure {
    DirtyBitmap bitmap = null;
    for (DirtyBitmap each : source.chain().top().image().dirtyBitmaps()) {
      bitmap = each.name().equals(name) ? each : bitmap;
    }
    if (bitmap == null) {
      throw new Failure(
          source.name().shown() + ": there is no dirty bitmap '" + name + "' that is in step");
    }
    BlockMap map = source.map();
    for (long at = 0; at < map.size(); ) {
      DirtyBitmap.Run run = bitmap.runAt(at, map.size());
      while (run.isDirty() && at < run.end()) {
        Extent extent = map.extentAt(at, run.end());
        ranges.add(new DiskDiff.Range(at, extent.length(), extent.readsZero()));
        at = extent.end();
      }
      at = run.end();
    }
  }

  /** Tells ranges as they are found. */
  private static final class Ranges {
    private final PrintStream out;
    private final boolean json;
    private final boolean quiet;
    private DiskDiff.Range last;
    private long count;
    private long bytes;

    Ranges(Invocation call) throws Failure {
      out = call.out();
      json = call.json();
      quiet = call.has(QUIET);
    }

    void add(DiskDiff.Range next) {
      bytes += next.length();
      if (last != null
          && last.zero() == next.zero()
          && last.offset() + last.length() == next.offset()) {
        last = new DiskDiff.Range(last.offset(), last.length() + next.length(), last.zero());
        return;
      }
      flush();
      last = next;
      count++;
    }

    private void flush() {
      if (last == null || quiet) {
        return;
      }
      if (json) {
        out.println(
            "{\"start\": "
                + last.offset()
                + ", \"length\": "
                + last.length()
                + ", \"zero\": "
                + last.zero()
                + "}");
        return;
      }
      if (count == 1) {
        out.println(padded("Offset") + padded("Length") + "Now");
      }
      out.println(
          padded(Long.toString(last.offset()))
              + padded(Long.toString(last.length()))
              + (last.zero() ? "zeros" : "data"));
    }

    private static String padded(String text) {
      return text + " ".repeat(Math.max(1, COLUMN - text.length()));
    }

    /** Tells the rest; answers the exit code. */
    int end(long size) {
      flush();
      if (!json && !quiet) {
        out.println(
            count == 0
                ? "The disks are the same."
                : Sizes.text(bytes) + " of " + Sizes.text(size) + " differ");
      }
      return count == 0 ? 0 : DIFFERENT;
    }
  }
}
