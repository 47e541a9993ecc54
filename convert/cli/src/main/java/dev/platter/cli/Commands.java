package dev.platter.cli;

import dev.platter.cli.command.AmendCommand;
import dev.platter.cli.command.BenchCommand;
import dev.platter.cli.command.BitmapCommand;
import dev.platter.cli.command.CheckCommand;
import dev.platter.cli.command.CommitCommand;
import dev.platter.cli.command.CompactCommand;
import dev.platter.cli.command.CompareCommand;
import dev.platter.cli.command.ConvertCommand;
import dev.platter.cli.command.CreateCommand;
import dev.platter.cli.command.DdCommand;
import dev.platter.cli.command.DiffCommand;
import dev.platter.cli.command.DigestCommand;
import dev.platter.cli.command.InfoCommand;
import dev.platter.cli.command.MapCommand;
import dev.platter.cli.command.MeasureCommand;
import dev.platter.cli.command.RebaseCommand;
import dev.platter.cli.command.ResizeCommand;
import dev.platter.cli.command.ServeCommand;
import dev.platter.cli.command.SnapshotCommand;
import dev.platter.cli.command.VerifyCommand;
import dev.platter.cli.line.Command;
import java.util.List;

/** The commands of the program, by name. */
final class Commands {
  /** Every command that qemu-img has too, by name. */
  static final List<String> NAMES =
      List.of(
          "amend",
          "bench",
          "bitmap",
          "check",
          "commit",
          "compare",
          "convert",
          "create",
          "dd",
          "info",
          "map",
          "measure",
          "rebase",
          "resize",
          "snapshot");

  /** The commands that only Platter has, by name. */
  static final List<String> OWN_NAMES =
      List.of("compact", "completion", "diff", "digest", "serve", "verify");

  private Commands() {}

  /** The command of that name, or null. Only the class of that command is loaded. */
  static Command named(String name) {
    switch (name) {
      case "amend":
        return new AmendCommand();
      case "bench":
        return new BenchCommand();
      case "bitmap":
        return new BitmapCommand();
      case "check":
        return new CheckCommand();
      case "commit":
        return new CommitCommand();
      case "compact":
        return new CompactCommand();
      case "compare":
        return new CompareCommand();
      case "completion":
        return new CompletionCommand();
      case "convert":
        return new ConvertCommand();
      case "create":
        return new CreateCommand();
      case "dd":
        return new DdCommand();
      case "diff":
        return new DiffCommand();
      case "digest":
        return new DigestCommand();
      case "info":
        return new InfoCommand();
      case "map":
        return new MapCommand();
      case "measure":
        return new MeasureCommand();
      case "rebase":
        return new RebaseCommand();
      case "resize":
        return new ResizeCommand();
      case "serve":
        return new ServeCommand();
      case "snapshot":
        return new SnapshotCommand();
      case "verify":
        return new VerifyCommand();
      default:
        return null;
    }
  }
}
