package dev.platter.cli;

import dev.platter.cli.command.AmendCommand;
import dev.platter.cli.command.BenchCommand;
import dev.platter.cli.command.BitmapCommand;
import dev.platter.cli.command.CheckCommand;
import dev.platter.cli.command.CommitCommand;
import dev.platter.cli.command.CompactCommand;
import dev.platter.cli.command.CompareCommand;
import dev.platter.cli.command.CreateCommand;
import dev.platter.cli.command.DiffCommand;
import dev.platter.cli.command.DigestCommand;
import dev.platter.cli.command.InfoCommand;
import dev.platter.cli.command.MapCommand;
import dev.platter.cli.command.MeasureCommand;
import dev.platter.cli.command.RebaseCommand;
import dev.platter.cli.command.ResizeCommand;
import dev.platter.cli.command.ServeCommand;
import dev.platter.cli.command.SnapshotCommand;
import dev.platter.cli.command.TreeCommand;
import dev.platter.cli.command.VerifyCommand;
import dev.platter.cli.convert.ConvertCommand;
import dev.platter.cli.convert.DdCommand;
import dev.platter.cli.files.CatCommand;
import dev.platter.cli.files.ExtractCommand;
import dev.platter.cli.files.FindCommand;
import dev.platter.cli.files.LsCommand;
import dev.platter.cli.files.PackagesCommand;
import dev.platter.cli.files.StatCommand;
import dev.platter.cli.files.TarOutCommand;
import dev.platter.cli.line.Command;
import dev.platter.cli.line.Profile;
import dev.platter.cli.manual.Vocabulary;
import dev.platter.cli.source.Source;
import dev.platter.image.spi.ImageFormat;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

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
      List.of(
          "cat",
          "compact",
          "completion",
          "diff",
          "digest",
          "extract",
          "find",
          "ls",
          "manual",
          "packages",
          "serve",
          "stat",
          "tar-out",
          "tree",
          "verify");

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
      case "cat":
        return new CatCommand();
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
      case "extract":
        return new ExtractCommand();
      case "find":
        return new FindCommand();
      case "info":
        return new InfoCommand();
      case "ls":
        return new LsCommand();
      case "manual":
        return new ManualCommand();
      case "map":
        return new MapCommand();
      case "measure":
        return new MeasureCommand();
      case "packages":
        return new PackagesCommand();
      case "rebase":
        return new RebaseCommand();
      case "resize":
        return new ResizeCommand();
      case "serve":
        return new ServeCommand();
      case "snapshot":
        return new SnapshotCommand();
      case "stat":
        return new StatCommand();
      case "tar-out":
        return new TarOutCommand();
      case "tree":
        return new TreeCommand();
      case "verify":
        return new VerifyCommand();
      default:
        return null;
    }
  }

  /** What may stand on a command line of the program under that name. */
  static Vocabulary vocabulary(Profile profile) {
    List<String> names = new ArrayList<>(NAMES);
    if (!profile.asQemuImg()) {
      names.addAll(OWN_NAMES);
    }
    TreeSet<String> formats = new TreeSet<>();
    TreeSet<String> madeFormats = new TreeSet<>();
    for (ImageFormat format : Source.FORMATS.all()) {
      formats.add(format.name());
      formats.addAll(format.aliases());
      if (format.isMade()) {
        madeFormats.add(format.name());
        madeFormats.addAll(format.aliases());
      }
    }
    List<Command> commands = names.stream().map(Commands::named).toList();
    return new Vocabulary(profile, commands, List.copyOf(formats), List.copyOf(madeFormats));
  }
}
