package dev.platter.cli.command;

import dev.platter.cli.image.EditedImage;
import dev.platter.cli.line.Arguments;
import dev.platter.cli.line.Command;
import dev.platter.cli.line.Example;
import dev.platter.cli.line.Failure;
import dev.platter.cli.line.Invocation;
import dev.platter.cli.line.Numbers;
import dev.platter.cli.line.Option;
import dev.platter.cli.source.Access;
import dev.platter.cli.source.CacheMode;
import dev.platter.cli.source.Source;
import dev.platter.cli.source.Unwrap;
import dev.platter.image.DirtyBitmap;
import dev.platter.image.DiskImage;
import dev.platter.image.IllegalOptionException;
import dev.platter.image.ImageInfo;
import dev.platter.image.name.Locking;
import dev.platter.image.spi.Bitmaps;
import dev.platter.image.spi.FileUse;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** {@code bitmap}: changes the dirty bitmaps that an image keeps, one action after the other. */
public final class BitmapCommand extends Command {
  private static final Option ADD =
      new Option("", "add", "", "add BITMAP, in which nothing is marked");
  private static final Option REMOVE = new Option("", "remove", "", "remove BITMAP");
  private static final Option REMOVE_ALL = new Option("", "remove-all", "", "remove all bitmaps");
  private static final Option CLEAR = new Option("", "clear", "", "take all marks away");
  private static final Option ENABLE =
      new Option("", "enable", "", "mark from now on what is written");
  private static final Option DISABLE =
      new Option("", "disable", "", "leave BITMAP as it is, whatever is written");
  private static final Option MERGE =
      new Option("", "merge", "SOURCE", "mark what the bitmap SOURCE marks, too");
  private static final Option SOURCE_FILE =
      new Option("b", "source-file", "SRC_FILE", "the image that has SOURCE (default: FILE)");
  private static final Option SOURCE_FORMAT =
      new Option("F", "source-format", "SRC_FMT", "format of SRC_FILE");
  private static final Option GRANULARITY =
      new Option("g", "granularity", "SIZE", "how many bytes are marked together by a new bitmap");
  private static final List<Option> ACTIONS =
      List.of(ADD, REMOVE, REMOVE_ALL, CLEAR, ENABLE, DISABLE, MERGE);

  @Override
  public String name() {
    return "bitmap";
  }

  @Override
  public String summary() {
    return "Change the dirty bitmaps of an image";
  }

  @Override
  public String usage() {
    return "[-f FMT] (--add [-g SIZE] | --remove | --remove-all | --clear | --enable | --disable |"
        + " --merge SOURCE [-b SRC_FILE [-F SRC_FMT]])... FILE [BITMAP]";
  }

  @Override
  public List<Option> options() {
    return List.of(
        Option.HELP,
        FORMAT,
        ADD,
        GRANULARITY,
        REMOVE,
        REMOVE_ALL,
        CLEAR,
        ENABLE,
        DISABLE,
        MERGE,
        SOURCE_FILE,
        SOURCE_FORMAT,
        IMAGE_OPTS,
        OBJECT);
  }

  @Override
  public String operands() {
    return "FILE    the image\nBITMAP  the name of its bitmap; not needed with --remove-all";
  }

  @Override
  public List<Example> examples() {
    return List.of(
        new Example(
            "begin to note what changes, for incremental backups",
            "bitmap --add disk.qcow2 tuesday"),
        new Example("forget it", "bitmap --remove disk.qcow2 monday"));
  }

  @Override
  public boolean exitCodeSaysAll(Arguments arguments) {
    return true;
  }

  /** What is to be done. */
  private record Plan(
      List<Option> actions, Deque<String> merged, String bitmap, long granularity) {}

  @Override
  public int run(Invocation call) throws IOException, Failure {
    Plan plan = plan(call);
    String file = call.arguments().operands().getFirst();
    try (Source source =
        Source.open(
            file,
            call.arguments().last(FORMAT),
            null,
            Unwrap.sources(call),
            false,
            Access.changing(call, CacheMode.WRITEBACK))) {
      String other = call.arguments().last(SOURCE_FILE);
      if (other == null) {
        run(call, plan, source, Optional.empty());
        return 0;
      }
      Access reading = Access.of(call, CacheMode.WRITEBACK, FileUse.READ, Locking.USUAL);
      try (Source from = Source.open(other, call.arguments().last(SOURCE_FORMAT), false, reading)) {
        run(call, plan, source, Optional.of(from.chain().top().image()));
      }
    }
    return 0;
  }

  private static Plan plan(Invocation call) throws Failure {
    Arguments arguments = call.arguments();
    List<Option> actions = arguments.given().stream().filter(ACTIONS::contains).toList();
    String size = arguments.last(GRANULARITY);
    long granularity = size == null ? Bitmaps.USUAL_GRANULARITY : Numbers.size(size, "granularity");
    if (actions.isEmpty()) {
      throw new Failure(
          "Need at least one of --add, --remove, --remove-all, --clear, --enable, --disable, or"
              + " --merge");
    }
    if (size != null && !actions.contains(ADD)) {
      throw new Failure("granularity only supported with --add");
    }
    if (size != null && granularity == 0) {
      throw new Failure("Invalid granularity specified: '" + size + "'");
    }
    if (arguments.has(SOURCE_FORMAT) && !arguments.has(SOURCE_FILE)) {
      throw new Failure("-F only supported with -b");
    }
    if (arguments.has(SOURCE_FILE) && !actions.contains(MERGE)) {
      throw new Failure("Merge bitmap source file only supported with --merge");
    }
    int operands = arguments.operands().size();
    boolean removesAllAlone = actions.stream().allMatch(action -> action == REMOVE_ALL);
    if (operands != 2 && !(removesAllAlone && operands == 1)) {
      throw Failure.usage("Expecting filename and bitmap name");
    }
    return new Plan(
        actions,
        new ArrayDeque<>(arguments.all(MERGE)),
        operands == 2 ? arguments.operands().get(1) : "",
        granularity);
  }

  private static void run(Invocation call, Plan plan, Source source, Optional<DiskImage> from)
      throws IOException, Failure {
    try (EditedImage image = EditedImage.open(call, source, CacheMode.WRITEBACK)) {
      Optional<Bitmaps> bitmaps = image.editor().bitmaps();
      for (Option action : plan.actions()) {
        try {
          if (bitmaps.isEmpty()) {
            throw new IllegalOptionException(
                action == ADD
                    ? "Can't store persistent bitmaps to "
                        + source.name().shown()
                        + ": Operation not supported"
                    : "Dirty bitmap '" + plan.bitmap() + "' not found");
          }
          act(action, plan, bitmaps.get(), image, from);
        } catch (IllegalOptionException e) {
          Failure failure =
              new Failure(
                  "Operation "
                      + action.name()
                      + " on bitmap "
                      + plan.bitmap()
                      + " failed: "
                      + e.getMessage());
          throw e.kind() == IllegalOptionException.Kind.INCONSISTENT
              ? failure.withSecondLine(
                  "Try block-dirty-bitmap-remove to delete this bitmap from disk")
              : failure;
        }
      }
    }
  }

  private static void act(
      Option action, Plan plan, Bitmaps bitmaps, EditedImage image, Optional<DiskImage> from)
      throws IOException {
    String name = plan.bitmap();
    if (action == ADD) {
      bitmaps.add(name, plan.granularity(), Bitmaps.Recording.ENABLED);
    } else if (action == REMOVE) {
      bitmaps.remove(name);
    } else if (action == REMOVE_ALL) {
      for (String each : names(image.editor().info())) {
        bitmaps.remove(each);
      }
    } else if (action == CLEAR) {
      bitmaps.clear(name);
    } else if (action == ENABLE) {
      bitmaps.set(name, Bitmaps.Recording.ENABLED);
    } else if (action == DISABLE) {
      bitmaps.set(name, Bitmaps.Recording.DISABLED);
    } else if (from.isPresent()) {
      DiskImage other = from.get();
      merge(plan, image, other.info(), other.dirtyBitmaps(), bitmaps);
    } else {
      merge(plan, image, image.editor().info(), bitmaps.present(), bitmaps);
    }
  }

  /** Merges one of the bitmaps of an image that tells of itself. */
  private static void merge(
      Plan plan, EditedImage image, ImageInfo info, List<DirtyBitmap> from, Bitmaps bitmaps)
      throws IOException {
    String wanted = plan.merged().remove();
    if (!names(image.editor().info()).contains(plan.bitmap())) {
      throw new IllegalOptionException("Dirty bitmap '" + plan.bitmap() + "' not found");
    }
    long size = image.editor().info().virtualSize();
    for (DirtyBitmap bitmap : from) {
      if (bitmap.name().equals(wanted)) {
        if (info.virtualSize() != size) {
          throw new IllegalOptionException(
              "Bitmaps are of different sizes (destination size is "
                  + size
                  + ", source size is "
                  + info.virtualSize()
                  + ") and can't be merged");
        }
        bitmaps.merge(plan.bitmap(), bitmap);
        return;
      }
    }
    if (names(info).contains(wanted)) {
      throw Bitmaps.inconsistent(wanted);
    }
    throw new IllegalOptionException("Dirty bitmap '" + wanted + "' not found");
  }

  /** The names of all bitmaps, those among them that cannot be relied on. */
  private static List<String> names(ImageInfo info) {
    return info.details().get("bitmaps") instanceof List<?> bitmaps
        ? bitmaps.stream().map(each -> ((Map<?, ?>) each).get("name").toString()).toList()
        : List.of();
  }
}
