package dev.platter.cli.files;

import dev.platter.cli.line.Command;
import dev.platter.cli.line.Example;
import dev.platter.cli.line.ExitCode;
import dev.platter.cli.line.Failure;
import dev.platter.cli.line.Invocation;
import dev.platter.cli.line.Option;
import dev.platter.cli.progress.Interruption;
import dev.platter.guest.copy.Extraction;
import dev.platter.guest.files.Node;
import dev.platter.storage.FileNames;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** {@code extract}: makes files of the host out of a guest's. */
public final class ExtractCommand extends Command {
  private static final Option PRESERVE =
      new Option(
          "", "preserve", "", "give files their owners, set-uid and set-gid bits, too (as root)");

  @Override
  public String name() {
    return "extract";
  }

  @Override
  public String summary() {
    return "Copy files out of a file system in an image";
  }

  @Override
  public String usage() {
    return "[-f FMT] [--preserve] [--partition N | --volume GROUP/NAME] DISK PATH DIR";
  }

  @Override
  public List<Option> options() {
    List<Option> all = new ArrayList<>(OpenDisk.OPTIONS);
    all.add(2, PRESERVE);
    return all;
  }

  @Override
  public String operands() {
    return "DISK  the image\n"
        + "PATH  a file or directory in it, with all that is below\n"
        + "DIR   a directory here, where it gets a place under its own name; of / it holds the"
        + " content, and must be new or empty\n\n"
        + "Nothing is written over, and nothing outside of DIR. Devices, pipes, sockets and"
        + " extended attributes are left to tar-out.";
  }

  @Override
  public List<ExitCode> exitCodes() {
    return Skipped.EXIT_CODES;
  }

  @Override
  public List<Example> examples() {
    return List.of(
        new Example("copy a directory out of a disk", "extract disk.qcow2 /etc copy.dir"));
  }

  @Override
  public int run(Invocation call) throws IOException, Failure {
    List<String> operands = Operands.of(call, 3, 3, "DISK PATH DIR");
    Path directory = FileNames.path(operands.get(2));
    Skipped skipped = new Skipped(call, operands.get(1));
    try (OpenVolume volume = OpenVolume.open(call, operands.getFirst());
        Interruption interruption = Interruption.listen()) {
      Node start = volume.findItself(operands.get(1));
      String name = lastName(operands.get(1));
      if (name.isEmpty() && start.kind() != Node.Kind.DIRECTORY) {
        throw new Failure("'" + operands.get(1) + "' is no directory");
      }
      if (!name.isEmpty()) {
        Files.createDirectories(directory);
      }
      Extraction.extract(
          start,
          name.isEmpty() ? directory : directory.resolve(FileNames.path(name)),
          volume.budget(),
          call.has(PRESERVE),
          skipped,
          () -> Stopped.check(interruption.cancellation()));
    } catch (Stopped e) {
      return Failure.EXIT;
    }
    return skipped.exitCode();
  }

  /** What a path ends in; empty: the root, or something that has no name of its own. */
  static String lastName(String path) {
    String name = "";
    for (String part : path.split("/", -1)) {
      if (part.equals("..")) {
        name = "";
      } else if (!part.isEmpty() && !part.equals(".")) {
        name = part;
      }
    }
    return name;
  }
}
