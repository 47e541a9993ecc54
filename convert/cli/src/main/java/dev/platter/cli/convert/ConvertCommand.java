package dev.platter.cli.convert;

import dev.platter.cli.command.Sparsify;
import dev.platter.cli.image.BackupGpt;
import dev.platter.cli.image.CreationOptions;
import dev.platter.cli.image.NewImage;
import dev.platter.cli.image.Wrap;
import dev.platter.cli.line.Arguments;
import dev.platter.cli.line.Command;
import dev.platter.cli.line.Example;
import dev.platter.cli.line.Failure;
import dev.platter.cli.line.Invocation;
import dev.platter.cli.line.NamedFiles;
import dev.platter.cli.line.Option;
import dev.platter.cli.progress.Interruption;
import dev.platter.convert.Cancellation;
import dev.platter.image.spi.ImageFormat;
import dev.platter.storage.FileNames;
import dev.platter.storage.Location;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** {@code convert}: copies the disk of one or more images, one after the other, into a new one. */
public final class ConvertCommand extends Command {
  static final Option SOURCE_FORMAT =
      new Option("f", "source-format", "FMT", "format of every SOURCE (default: told by content)");
  static final Option SOURCE_CACHE =
      new Option("T", "source-cache", "CACHE", "cache mode for SOURCE (default: writeback)");
  static final Option SNAPSHOT =
      new Option("l", "snapshot", "SNAPSHOT", "convert SOURCE as it was at this internal snapshot");
  static final Option SALVAGE =
      new Option("", "salvage", "", "what cannot be read counts as zeros");
  static final Option TARGET_FORMAT =
      new Option("O", "target-format", "FMT", "format of TARGET (default: raw)");
  static final Option TARGET_OPTIONS =
      new Option(
          "o", "target-format-options", "OPTS", "its options, key=value,...; help lists them");
  static final Option TARGET_CACHE =
      new Option("t", "target-cache", "CACHE", "cache mode for TARGET (default: unsafe)");
  static final Option COMPRESS =
      new Option("c", "compress", "", "compress TARGET where its format can");
  public static final Option BACKING =
      new Option("bB", "backing", "BACKING", "TARGET holds only what differs from this image");
  static final Option BACKING_FORMAT =
      new Option("F", "backing-format", "FMT", "format of BACKING");
  static final Option FOR =
      new Option(
          "",
          "for",
          "CLOUD",
          "make what it imports: gcp, aws, azure, vsphere, hyperv or openstack; by TARGET's ending");
  static final Option ROUND_SIZE =
      new Option(
          "",
          "round-size",
          "SIZE",
          "make the disk larger, up to a multiple of SIZE (1G for Google's import)");
  static final Option NO_FIX_GPT =
      new Option(
          "",
          "no-fix-gpt",
          "",
          "leave the backup GPT where it is (it is moved with --round-size and -o profile=...)");
  static final Option SPARSE =
      new Option(
          "S",
          "sparse-size",
          "SIZE",
          "how long a run of zeros must be to be left out (4k; 0: never)");
  static final Option TARGET_IS_ZERO =
      new Option(
          "", "target-is-zero", "", "with -n: TARGET reads as zeros, which need not be written");
  static final Option RATE =
      new Option("r", "rate-limit", "RATE", "read no more than this many bytes a second");
  static final Option WORKERS = new Option("m", "parallel", "N", "use this many threads");
  static final Option OUT_OF_ORDER =
      new Option("W", "oob-writes", "", "accepted; writes are always out of order where they may");
  static final Option OFFLOAD =
      new Option(
          "C", "copy-range-offloading", "", "let the kernel copy, without looking for zeros");
  static final Option TARGET_IMAGE_OPTS =
      new Option(
          "",
          "target-image-opts",
          "",
          "with -n: TARGET is options, as driver=qcow2,file.filename=NAME, and not a name");
  static final Option BITMAPS =
      new Option("", "bitmaps", "", "take the dirty bitmaps of SOURCE along, from qcow2 to qcow2");
  static final Option SKIP_BROKEN =
      new Option(
          "", "skip-broken-bitmaps", "", "with --bitmaps: leave out those that are out of step");

  @Override
  public String name() {
    return "convert";
  }

  @Override
  public String summary() {
    return "Copy images into a new one, of any format";
  }

  @Override
  public String usage() {
    return "[-f FMT] [-O FMT] [-o OPTS] [-c] [-p] [OPTION...] SOURCE... TARGET";
  }

  @Override
  public List<Option> options() {
    return List.of(
        Option.HELP,
        SOURCE_FORMAT,
        SOURCE_CACHE,
        SNAPSHOT,
        DISK,
        UNWRAP,
        MAX_UNWRAPPED,
        SALVAGE,
        TARGET_FORMAT,
        TARGET_OPTIONS,
        COMPRESS,
        BACKING,
        BACKING_FORMAT,
        FOR,
        Wrap.WRAP,
        ROUND_SIZE,
        BackupGpt.FIX,
        NO_FIX_GPT,
        NO_CREATE,
        TARGET_IS_ZERO,
        BaseConversion.BASE,
        BaseConversion.BASE_FORMAT,
        TARGET_CACHE,
        SPARSE,
        Sparsify.SPARSIFY,
        OFFLOAD,
        WORKERS,
        OUT_OF_ORDER,
        RATE,
        MAX_RATE,
        PROGRESS,
        QUIET,
        FORCE_SHARE,
        IMAGE_OPTS,
        TARGET_IMAGE_OPTS,
        BITMAPS,
        SKIP_BROKEN,
        AskedDigests.DIGEST,
        SEED,
        OBJECT);
  }

  @Override
  public String operands() {
    return "SOURCE  an image; several are joined into one disk; -: one from standard input\n"
        + "TARGET  the new image; -: standard output";
  }

  @Override
  public List<Example> examples() {
    return List.of(
        new Example(
            "make a compressed qcow2 of a VMDK, with progress",
            "convert -p -c -O qcow2 disk.vmdk new.qcow2"),
        new Example(
            "make a VMDK that vSphere and clouds import",
            "convert -O vmdk -o subformat=streamOptimized disk.qcow2 new.vmdk"),
        new Example(
            "leave out what the file systems in a disk do not use",
            "convert --sparsify -O qcow2 disk.raw small.qcow2"),
        new Example("make a disk that Azure takes", "convert --for azure disk.qcow2 new.vhd"),
        new Example(
            "write onto a copy of Monday's disk only what Tuesday's has otherwise",
            "convert --base monday.qcow2 -O raw tuesday.qcow2 copy.raw"),
        new Example(
            "take the disk as it was at a snapshot",
            "convert -l monday -O raw disk.qcow2 monday.raw"));
  }

  @Override
  public boolean exitCodeSaysAll(Arguments arguments) {
    return !CreationOptions.wantsHelp(arguments.all(TARGET_OPTIONS))
        && !arguments.has(AskedDigests.DIGEST);
  }

  @Override
  public Optional<NamedFiles> files(Invocation given) throws Failure {
    Invocation call = Cloud.understood(given);
    if (CreationOptions.wantsHelp(call.arguments().all(TARGET_OPTIONS))) {
      return Optional.of(NamedFiles.reading(List.of(), false));
    }
    ConvertPlan plan = ConvertPlan.of(call);
    NamedFiles files =
        NamedFiles.reading(plan.sources(), call.has(IMAGE_OPTS))
            .andReading(call.arguments().last(BaseConversion.BASE));
    String backing = call.arguments().last(BACKING);
    if (backing != null && Location.schemeOf(backing).isEmpty()) {
      Path target = FileNames.path(plan.target());
      files.andReading(FileNames.text(target.resolveSibling(FileNames.path(backing))));
    }
    new ConversionTarget(call, plan, AskedDigests.of(call, new Cancellation())).named(files);
    return Optional.of(files);
  }

  @Override
  public int run(Invocation given) throws IOException, Failure {
    Invocation call = Cloud.understood(given);
    Arguments arguments = call.arguments();
    List<String> texts = arguments.all(TARGET_OPTIONS);
    CreationOptions.checkLists(texts);
    if (CreationOptions.wantsHelp(texts)) {
      ImageFormat format =
          NewImage.format(call, arguments.last(TARGET_FORMAT, NewImage.USUAL_FORMAT));
      CreationOptions.printHelp(call, format, !arguments.operands().isEmpty(), null);
      return 0;
    }
    NewImage.checkSeed(call);
    ConvertPlan plan = ConvertPlan.of(call);
    if (!call.has(NO_CREATE) && !call.has(BaseConversion.BASE)) {
      NewImage.warnOfRaw(call, plan.target(), TARGET_FORMAT);
    }
    try (Interruption interruption = Interruption.listen()) {
      new Conversion(call, plan, interruption.cancellation()).run();
      return 0;
    } catch (Cancellation.CancelledException e) {
      // The user knows; the process ends with the signal's own exit code.
      return Failure.EXIT;
    }
  }
}
