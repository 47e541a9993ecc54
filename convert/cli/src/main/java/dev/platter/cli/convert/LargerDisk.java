package dev.platter.cli.convert;

import dev.platter.cli.image.BackupGpt;
import dev.platter.cli.image.CreationOptions;
import dev.platter.cli.line.Command;
import dev.platter.cli.line.Failure;
import dev.platter.cli.line.Invocation;
import dev.platter.cli.line.Numbers;
import dev.platter.cli.source.ResizedMap;
import dev.platter.guest.GptMove;
import dev.platter.image.BlockMap;
import dev.platter.image.Sizes;
import dev.platter.image.disk.LayeredMap;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** A disk that becomes larger as it is converted: rounded, with its backup GPT at the new end. */
record LargerDisk(Invocation call) {
  /** The option of a format's that names the platform for which an image is made. */
  private static final String PLATFORM = "profile";

  /** Whether the user has the disk made larger for a platform, or asks for it by name. */
  private boolean wantsGptMoved(CreationOptions options) throws Failure {
    if (call.has(BackupGpt.FIX) && call.has(ConvertCommand.NO_FIX_GPT)) {
      throw new Failure("--fix-gpt and --no-fix-gpt contradict each other");
    }
    return call.has(BackupGpt.FIX)
        || !call.has(ConvertCommand.NO_FIX_GPT)
            && (call.has(ConvertCommand.ROUND_SIZE)
                || options.options().string(PLATFORM).isPresent());
  }

  /** Whether a backup GPT might be moved in a disk that is read in order, which cannot be. */
  boolean mayMoveGpt(CreationOptions options, OptionalLong size) throws Failure {
    return wantsGptMoved(options)
        && (size.isEmpty()
            || options.format().diskSize(size.getAsLong(), options.options()) != size.getAsLong());
  }

  /** The larger disk with its backup GPT at its end, where that is wanted and can be done. */
  BlockMap withGpt(BlockMap source, BlockMap larger, CreationOptions options)
      throws IOException, Failure {
    boolean wanted = wantsGptMoved(options);
    long size = options.format().diskSize(larger.size(), options.options());
    if (size == source.size() || call.has(Command.NO_CREATE)) {
      return larger;
    }
    Optional<GptMove> move = BackupGpt.move(call, source, size, call.has(BackupGpt.FIX), wanted);
    if (move.isEmpty()) {
      return larger;
    }
    if (!call.has(Command.QUIET)) {
      call.complain(
          "the disk was made larger, to "
              + size
              + " bytes, and its backup GPT moved to the new end");
    }
    return new LayeredMap(List.of(move.get().layer(), new ResizedMap(source, size)));
  }

  /** The disk, and zeros behind it up to a multiple of what the user says. */
  BlockMap rounded(BlockMap source, boolean keepsBacking) throws Failure {
    String text = call.arguments().last(ConvertCommand.ROUND_SIZE);
    if (text == null) {
      return source;
    }
    long unit = Numbers.size(text, "unit of the disk's size");
    if (unit < 512 || unit % 512 != 0 || source.size() > Long.MAX_VALUE - unit || keepsBacking) {
      throw new Failure(
          "--round-size expects a multiple of 512, and a target without a backing file");
    }
    long size = Sizes.roundUp(source.size(), unit);
    return ResizedMap.of(source, size);
  }
}
