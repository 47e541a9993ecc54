package dev.platter.cli.image;

import dev.platter.cli.line.Failure;
import dev.platter.cli.line.Invocation;
import dev.platter.cli.line.Option;
import dev.platter.guest.GptMove;
import dev.platter.image.BlockMap;
import dev.platter.image.ImageException;
import dev.platter.image.disk.GuestDisk;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** The backup of a GPT, which belongs at the end of a disk and is left behind when that grows. */
public final class BackupGpt {
  public static final Option FIX =
      new Option(
          "", "fix-gpt", "", "move the backup of a GPT to the end of a disk that becomes larger");

  private BackupGpt() {}

  /**
   * What is to be done where a disk becomes larger. Where it is not asked for, or cannot be done,
   * the user is told; as qemu-img nothing is said of it.
   *
   * @param isAsked whether the user wants it to be moved, and would be misled if it were not
   * @param isWanted whether it is to be moved
   */
  public static Optional<GptMove> move(
      Invocation call, BlockMap map, long size, boolean isAsked, boolean isWanted)
      throws IOException, Failure {
    if (!isWanted && call.profile().asQemuImg()) {
      return Optional.empty();
    }
    Optional<GptMove> move;
    try {
      move = GptMove.of(map, "disk", size);
    } catch (ImageException e) {
      if (isAsked) {
        throw new Failure("the backup GPT cannot be moved: " + e.getMessage());
      }
      call.complain("warning: the backup GPT stays where it is: " + e.getMessage());
      return Optional.empty();
    }
    if (move.isPresent() && !isWanted) {
      call.complain(
          "warning: the backup GPT is not at the end of the larger disk: --fix-gpt moves it there");
      return Optional.empty();
    }
    return move;
  }

  /** Moves it on a disk that has grown: first all of the new backup is there, then it counts. */
  public static void fix(GuestDisk disk) throws IOException {
    Optional<GptMove> move = GptMove.of(disk.map(), "disk", disk.size());
    if (move.isPresent()) {
      write(disk, move.get().backup());
      write(disk, move.get().primary());
    }
  }

  private static void write(GuestDisk disk, List<GptMove.Patch> patches) throws IOException {
    for (GptMove.Patch patch : patches) {
      disk.write(patch.offset(), patch.bytes());
    }
    disk.flush();
  }
}
