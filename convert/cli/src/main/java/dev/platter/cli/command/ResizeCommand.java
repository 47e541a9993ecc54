package dev.platter.cli.command;

import dev.platter.cli.image.BackupGpt;
import dev.platter.cli.image.CreationOptions;
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
import dev.platter.image.IllegalOptionException;
import dev.platter.image.Preallocation;
import dev.platter.image.disk.GuestDisk;
import dev.platter.image.spi.ResizeRequest;
import java.io.IOException;
import java.util.List;

/** {@code resize}: makes an image's disk larger or smaller, in place. */
public final class ResizeCommand extends Command {
  private static final Option PREALLOCATION =
      new Option(
          "",
          "preallocation",
          "off|metadata|falloc|full",
          "how the space of what is new is set aside (default: off)");
  private static final Option SHRINK =
      new Option("", "shrink", "", "allow the disk to shrink: what lies beyond is lost");

  @Override
  public String name() {
    return "resize";
  }

  @Override
  public String summary() {
    return "Make an image's disk larger or smaller";
  }

  @Override
  public String usage() {
    return "[-f FMT] [--preallocation MODE] [--shrink] [-q] FILE [+|-]SIZE";
  }

  @Override
  public List<Option> options() {
    return List.of(
        Option.HELP, FORMAT, PREALLOCATION, SHRINK, BackupGpt.FIX, QUIET, IMAGE_OPTS, OBJECT);
  }

  @Override
  public String operands() {
    return "FILE  the image\nSIZE  the new size of its disk; with + or -: by how much it changes";
  }

  @Override
  public boolean takesNegativeNumbers() {
    return true;
  }

  @Override
  public List<Example> examples() {
    return List.of(
        new Example("make a disk 10 GiB larger", "resize disk.qcow2 +10G"),
        new Example(
            "make it smaller; the guest must have let go of the end",
            "resize --shrink disk.qcow2 1M"));
  }

  @Override
  public boolean exitCodeSaysAll(Arguments arguments) {
    return true;
  }

  @Override
  public int run(Invocation call) throws IOException, Failure {
    Arguments arguments = call.arguments();
    if (arguments.operands().size() > 2) {
      throw Failure.usage("Extra argument(s) in command line");
    }
    if (arguments.operands().size() != 2) {
      throw Failure.usage("Expecting image file name and size");
    }
    String text = arguments.operands().get(1);
    char sign = text.isEmpty() ? ' ' : text.charAt(0);
    boolean relative = sign == '+' || sign == '-';
    long number = number(relative ? text.substring(1) : text);
    Preallocation preallocation = preallocation(arguments.last(PREALLOCATION, "off"));
    String file = arguments.operands().getFirst();
    try (Source source =
        Source.open(
            file,
            arguments.last(FORMAT),
            null,
            Unwrap.sources(call),
            true,
            Access.changing(call, CacheMode.WRITEBACK))) {
      if (!call.answers().resizes(source.chain().top().format())) {
        throw new Failure("Image format driver does not support resize");
      }
      boolean movesGpt;
      try (EditedImage image = EditedImage.open(call, source, CacheMode.WRITEBACK)) {
        long present = image.editor().info().virtualSize();
        long wanted = !relative ? number : sign == '+' ? sum(present, number) : present - number;
        check(call, present, wanted, preallocation);
        movesGpt = movesGpt(call, source, present, wanted);
        image
            .editor()
            .resize(new ResizeRequest(wanted, preallocation, source.parent()))
            .ifPresent(e -> warnOfLeaks(call, "resized", e));
      }
      if (movesGpt) {
        try (GuestDisk disk = EditedImage.openDisk(call, source, CacheMode.WRITEBACK)) {
          BackupGpt.fix(disk);
        }
      }
    } catch (IllegalOptionException e) {
      throw new Failure(e.getMessage());
    }
    if (!call.has(QUIET)) {
      call.out().println("Image resized.");
    }
    return 0;
  }

  /** Where the image is what it was to be, and its file takes more than that needs. */
  static void warnOfLeaks(Invocation call, String done, IOException reason) {
    call.complain(
        "warning: The image was "
            + done
            + ", but not all space could be given back: "
            + reason.getMessage());
  }

  private static long number(String text) throws Failure {
    if (!Numbers.isSize(text)) {
      throw new Failure("Parameter 'size' expects a non-negative number below 2^64")
          .withSecondLine(CreationOptions.HOW_SIZES_ARE_WRITTEN);
    }
    return Numbers.size(text, "image size");
  }

  /** Whether a backup GPT is to be moved once the disk has grown, which is known to be possible. */
  private static boolean movesGpt(Invocation call, Source source, long present, long wanted)
      throws IOException, Failure {
    boolean asked = call.has(BackupGpt.FIX);
    if (wanted < present) {
      if (asked) {
        throw new Failure("--fix-gpt is for disks that become larger");
      }
      return false;
    }
    if (wanted == present && !asked) {
      return false;
    }
    if (BackupGpt.move(call, source.map(), wanted, asked, asked).isEmpty()) {
      return false;
    }
    // Formats that cannot be written to say so before anything is changed.
    EditedImage.openDisk(call, source, CacheMode.WRITEBACK).close();
    return true;
  }

  private static Preallocation preallocation(String word) throws Failure {
    try {
      return Preallocation.named(word);
    } catch (IllegalOptionException e) {
      throw new Failure(e.getMessage());
    }
  }

  private static long sum(long present, long number) throws Failure {
    try {
      return Math.addExact(present, number);
    } catch (ArithmeticException e) {
      throw new Failure("The new image size is too large");
    }
  }

  private static void check(Invocation call, long present, long wanted, Preallocation preallocation)
      throws Failure {
    if (wanted <= 0) {
      throw new Failure("New image size must be positive");
    }
    if (wanted <= present && preallocation != Preallocation.OFF) {
      throw new Failure("Preallocation can only be used for growing images");
    }
    if (wanted < present && !call.has(SHRINK)) {
      call.complain("Use the --shrink option to perform a shrink operation.");
      throw new Failure(
          "warning: Shrinking an image will delete all data beyond the shrunken image's end. Before"
              + " performing such an operation, make sure there is no important data there.");
    }
  }
}
