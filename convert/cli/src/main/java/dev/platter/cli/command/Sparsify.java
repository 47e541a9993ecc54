package dev.platter.cli.command;

import dev.platter.cli.line.Command;
import dev.platter.cli.line.Failure;
import dev.platter.cli.line.Invocation;
import dev.platter.cli.line.Option;
import dev.platter.guest.free.FreeSpace;
import dev.platter.image.BlockMap;
import dev.platter.image.disk.GuestDisk;
import java.io.IOException;
import java.util.List;

/** Leaves out of a disk what its guest does not use. */
public final class Sparsify {
  public static final Option SPARSIFY =
      new Option("", "sparsify", "", "leave out what the file systems in it call free");

  private Sparsify() {}

  /**
   * Refuses what makes no sense together.
   *
   * @param fromStream whether the source comes once, in order
   * @param others options that say what is left out in ways of their own
   */
  public static void check(Invocation call, boolean fromStream, List<Option> others)
      throws Failure {
    if (!call.has(SPARSIFY)) {
      return;
    }
    if (fromStream) {
      throw new Failure("--sparsify looks here and there: a stream cannot be its source");
    }
    for (Option other : others) {
      if (call.has(other)) {
        throw new Failure("--sparsify and --" + other.name() + " are mutually exclusive");
      }
    }
  }

  /** The disk with zeros in what is free, where that is asked for; what is kept whole is told. */
  public static BlockMap zeroed(Invocation call, BlockMap disk, String shown) throws IOException {
    return call.has(SPARSIFY) ? find(call, disk, shown).zeroed(disk) : disk;
  }

  /** Writes zeros to what is free on a disk, which takes no space where its format can say so. */
  static void inPlace(Invocation call, GuestDisk disk, String shown) throws IOException {
    find(call, disk.map(), shown)
        .each((offset, length) -> disk.zero(offset, length, GuestDisk.Space.GIVE_BACK));
    disk.flush();
  }

  private static FreeSpace find(Invocation call, BlockMap disk, String shown) throws IOException {
    FreeSpace free = FreeSpace.of(disk, shown);
    if (!call.has(Command.QUIET)) {
      for (FreeSpace.Kept kept : free.kept()) {
        String kind = kept.kind().isEmpty() ? "" : " (" + kept.kind() + ")";
        call.complain("note: " + kept.place() + kind + " is kept whole: " + kept.why());
      }
    }
    return free;
  }
}
