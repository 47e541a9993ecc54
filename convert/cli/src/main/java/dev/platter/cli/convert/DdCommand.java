package dev.platter.cli.convert;

import dev.platter.cli.image.NewImage;
import dev.platter.cli.line.Arguments;
import dev.platter.cli.line.Command;
import dev.platter.cli.line.Example;
import dev.platter.cli.line.Failure;
import dev.platter.cli.line.Invocation;
import dev.platter.cli.line.NamedFiles;
import dev.platter.cli.line.Numbers;
import dev.platter.cli.line.Option;
import dev.platter.cli.progress.Interruption;
import dev.platter.cli.source.CacheMode;
import dev.platter.cli.source.InOrderSource;
import dev.platter.cli.source.Source;
import dev.platter.convert.Cancellation;
import dev.platter.convert.ConvertOptions;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * {@code dd}: copies the disk of an image, or a part of it, into a new one. What qemu-img does not
 * have, and Proxmox's has: standard input and output, {@code osize}, {@code isize}, {@code -n} and
 * {@code -l}.
 */
public final class DdCommand extends Command {
  private static final Option OUTPUT_FORMAT =
      new Option("O", "output-format", "FMT", "format of OUTPUT (default: raw)");

  private static final int USUAL_BLOCK = 512;

  @Override
  public String name() {
    return "dd";
  }

  @Override
  public String summary() {
    return "Copy a disk or a part of it into a new image";
  }

  @Override
  public String usage() {
    return "[-f FMT] [-O FMT] [-U] [bs=SIZE] [count=BLOCKS] [skip=BLOCKS] if=INPUT of=OUTPUT";
  }

  @Override
  public List<Option> options() {
    return List.of(
        Option.HELP,
        FORMAT,
        OUTPUT_FORMAT,
        ConvertCommand.SNAPSHOT,
        Command.NO_CREATE,
        FORCE_SHARE,
        IMAGE_OPTS,
        DISK,
        UNWRAP,
        MAX_UNWRAPPED,
        SEED,
        OBJECT);
  }

  @Override
  public String operands() {
    return "if=INPUT      the image that is read (default: standard input)\n"
        + "of=OUTPUT     the new image (default: standard output)\n"
        + "bs=SIZE       bytes of a block (default: 512)\n"
        + "count=BLOCKS  how many blocks are copied (default: all)\n"
        + "skip=BLOCKS   how many blocks at the begin of INPUT are left out\n"
        + "isize=SIZE    how much of INPUT there is (default, and 0: all)\n"
        + "osize=SIZE    how large the new disk becomes (default: as what is copied)";
  }

  @Override
  public List<Example> examples() {
    return List.of(
        new Example("take the first MiB of a disk", "dd bs=1M count=1 if=disk.qcow2 of=head.raw"));
  }

  @Override
  public boolean exitCodeSaysAll(Arguments arguments) {
    return true;
  }

  /** The operands, of each the last. */
  private static final class Operands {
    String input;
    String output;
    int block = USUAL_BLOCK;
    long count = Long.MAX_VALUE;
    long skip;
    long inputSize;
    long outputSize = Window.AS_TAKEN;

    void take(String operand) throws Failure {
      int equals = operand.indexOf('=');
      String name = equals < 0 ? operand : operand.substring(0, equals);
      String value = operand.substring(equals + 1);
      if (equals < 0) {
        throw new Failure("unrecognized operand " + name);
      }
      switch (name) {
        case "if" -> input = value;
        case "of" -> output = value;
        case "bs" -> block = (int) Numbers.size(value, "bs", 1, Integer.MAX_VALUE);
        case "count" -> count = Numbers.size(value, "count");
        case "skip" -> skip = Numbers.size(value, "skip");
        case "isize" -> inputSize = Numbers.size(value, "isize");
        case "osize" -> outputSize = Numbers.size(value, "osize");
        default -> throw new Failure("unrecognized operand " + name);
      }
    }

    /**
     * To qemu-img the blocks that are skipped count, too; to dd, and so to us, only those copied.
     */
    Window window(boolean asQemuImg) {
      long skipped = bytes(skip);
      long counted = bytes(count);
      long end = asQemuImg ? counted : skipped + Math.min(counted, Long.MAX_VALUE - skipped);
      return new Window(skipped, inputSize == 0 ? end : Math.min(end, inputSize), outputSize);
    }

    private long bytes(long blocks) {
      return blocks > Long.MAX_VALUE / block ? Long.MAX_VALUE : blocks * block;
    }
  }

  @Override
  public Optional<NamedFiles> files(Invocation call) throws Failure {
    ConvertPlan plan = plan(call);
    NamedFiles files = NamedFiles.reading(plan.sources(), call.has(IMAGE_OPTS));
    new ConversionTarget(call, plan, AskedDigests.of(call, new Cancellation())).named(files);
    return Optional.of(files);
  }

  @Override
  public int run(Invocation call) throws IOException, Failure {
    NewImage.checkSeed(call);
    ConvertPlan plan = plan(call);
    try (Interruption interruption = Interruption.listen()) {
      new Conversion(call, plan, interruption.cancellation()).run();
      return 0;
    } catch (Cancellation.CancelledException e) {
      return Failure.EXIT;
    }
  }

  private static ConvertPlan plan(Invocation call) throws Failure {
    Arguments arguments = call.arguments();
    Operands operands = new Operands();
    for (String operand : arguments.operands()) {
      operands.take(operand);
    }
    if (operands.input == null && operands.output == null) {
      throw new Failure("Must specify both input and output files");
    }
    String format = arguments.last(OUTPUT_FORMAT, NewImage.USUAL_FORMAT);
    if (Source.FORMATS.named(format).isEmpty()) {
      throw new Failure("Unknown file format");
    }
    return new ConvertPlan(
        List.of(operands.input == null ? InOrderSource.STANDARD_INPUT : operands.input),
        arguments.last(FORMAT),
        operands.output == null ? ConversionTarget.STANDARD_OUTPUT : operands.output,
        format,
        new ConvertPlan.Caches(CacheMode.WRITEBACK, CacheMode.WRITEBACK),
        ConvertOptions.defaults(),
        Optional.of(operands.window(call.profile().asQemuImg())));
  }
}
