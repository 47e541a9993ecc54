package dev.platter.cli.convert;

import dev.platter.cli.command.DiffCommand;
import dev.platter.cli.image.Wrap;
import dev.platter.cli.line.Command;
import dev.platter.cli.line.Failure;
import dev.platter.cli.line.Invocation;
import dev.platter.cli.line.Option;
import dev.platter.cli.source.Access;
import dev.platter.cli.source.CacheMode;
import dev.platter.cli.source.ResizedMap;
import dev.platter.cli.source.Source;
import dev.platter.cli.source.Unwrap;
import dev.platter.convert.Cancellation;
import dev.platter.convert.Comparison;
import dev.platter.convert.DiskCopy;
import dev.platter.convert.DiskDelta;
import dev.platter.convert.DiskDiff;
import dev.platter.convert.Pace;
import dev.platter.convert.Progress;
import dev.platter.image.BlockMap;
import dev.platter.image.chain.ImageChain;
import dev.platter.image.spi.FileUse;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * {@code convert --base OLD}: onto a target that holds the disk OLD is written only what SOURCE has
 * otherwise. What is not written is compared with the target first, all of it, so that afterwards
 * the target holds SOURCE, whatever it held before, or nothing was written. What is written may
 * hold anything: a run that was broken off is simply repeated.
 */
final class BaseConversion {
  static final Option BASE =
      new Option(
          "", "base", "OLD", "TARGET exists and holds this disk: write only what is otherwise");
  static final Option BASE_FORMAT =
      new Option("", "base-format", "FMT", "format of OLD (default: told by its content)");

  /** What makes no sense with it. */
  private static final List<Option> EXCLUDED =
      List.of(
          ConvertCommand.COMPRESS,
          ConvertCommand.TARGET_OPTIONS,
          ConvertCommand.BACKING,
          ConvertCommand.OFFLOAD,
          ConvertCommand.SALVAGE,
          ConvertCommand.SPARSE,
          ConvertCommand.ROUND_SIZE,
          ConvertCommand.TARGET_IS_ZERO,
          ConvertCommand.BITMAPS,
          Wrap.WRAP);

  /** It goes along the disk so many times. */
  private static final int PASSES = 3;

  private final Invocation call;
  private final ConvertPlan plan;
  private final ConversionTarget target;
  private final Progress progress;
  private final Cancellation cancellation;

  BaseConversion(
      Invocation call,
      ConvertPlan plan,
      ConversionTarget target,
      Progress progress,
      Cancellation cancellation) {
    this.call = call;
    this.plan = plan;
    this.target = target;
    this.progress = progress;
    this.cancellation = cancellation;
  }

  /** Sees that what else is asked for makes sense with it. */
  static void check(Invocation call) throws Failure {
    if (!call.has(BASE)) {
      if (call.has(BASE_FORMAT)) {
        throw new Failure("--base-format requires --base");
      }
      return;
    }
    for (Option option : EXCLUDED) {
      if (call.has(option)) {
        throw new Failure("--base and --" + option.name() + " cannot be used together");
      }
    }
  }

  /**
   * Does it.
   *
   * @param after the disk that the target shall hold
   * @param source the image that has it, where it is the whole disk of one
   * @param openFiles the files that are being read, which must not be written
   */
  void run(BlockMap after, Optional<Source> source, List<Storage> openFiles, AskedDigests digests)
      throws Failure, IOException {
    if (target.isStream()) {
      throw new Failure("--base expects a target that holds a disk");
    }
    long held;
    try (Source base = open()) {
      for (ImageChain.Layer layer : base.chain().layers()) {
        openFiles.add(Conversion.ownFile(layer));
      }
      BlockMap before = ResizedMap.of(base.map(), after.size());
      Optional<BlockMap> above =
          source.isPresent() ? DiffCommand.above(base, source.get()) : Optional.empty();
      DiskDelta delta = new DiskDelta();
      int workers = plan.options().workers();
      try (ExistingDisk disk = target.openDisk(after.size(), openFiles)) {
        DiskDiff.run(before, after, above, workers, delta, pass(0), cancellation);
        check(delta.without(before), delta.without(ResizedMap.of(disk.map(), after.size())));
        Pace pace = new Pace(workers, plan.options().bytesPerSecond());
        DiskCopy.run(delta.within(after), disk.disk(), pace, pass(2), cancellation);
        disk.disk().flush();
        held = disk.size();
      }
    }
    if (digests.ofDisk()) {
      try (Source made = target.reopened()) {
        digests.readBack(after, ResizedMap.of(made.map(), after.size()), target.shown());
      }
    }
    digests.targetMade(call, target, converted -> held);
  }

  private Source open() throws Failure, IOException {
    Access access = Access.reading(call, FileUse.READ, CacheMode.WRITEBACK).namedByOptions(false);
    return Source.open(
        call.arguments().last(BASE),
        call.arguments().last(BASE_FORMAT),
        call.arguments().last(Command.DISK),
        Unwrap.sources(call),
        true,
        access);
  }

  /** Sees that the target holds, where nothing will be written, what it shall hold. */
  private void check(BlockMap expected, BlockMap there) throws Failure, IOException {
    OptionalLong other =
        Comparison.compare(
            expected, there, there.size(), plan.options().workers(), pass(1), cancellation);
    if (other.isPresent()) {
      throw new Failure(
          "'"
              + target.shown()
              + "' does not hold what '"
              + call.arguments().last(BASE)
              + "' does, first at offset "
              + other.getAsLong()
              + "; nothing was written");
    }
  }

  private Progress pass(int number) {
    return new Progress() {
      @Override
      public void advanced(long done, long total) {
        progress.advanced(total / PASSES * number + done / PASSES, total);
      }
    };
  }
}
