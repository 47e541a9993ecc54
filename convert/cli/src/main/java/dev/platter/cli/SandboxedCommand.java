package dev.platter.cli;

import dev.platter.cli.line.Command;
import dev.platter.cli.line.CommandLine;
import dev.platter.cli.line.Failure;
import dev.platter.cli.line.Invocation;
import dev.platter.cli.line.NamedFiles;
import dev.platter.cli.line.Objects;
import dev.platter.cli.text.Reasons;
import dev.platter.convert.TargetFile;
import dev.platter.image.IllegalOptionException;
import dev.platter.image.name.ImageName;
import dev.platter.image.node.Nodes;
import dev.platter.image.spi.ReferencePolicy;
import dev.platter.image.wrap.Unwrapping;
import dev.platter.sandbox.Sandbox;
import dev.platter.sandbox.SandboxedProcess;
import dev.platter.storage.FileNames;
import dev.platter.storage.FileOption;
import dev.platter.storage.FileStorage;
import dev.platter.storage.HandedFiles;
import dev.platter.storage.Location;
import dev.platter.storage.LockedException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * A command that is done by another process, which can open the files that the command line names
 * and no others. This one looks at no image: it makes the target, without a name, hands it over,
 * and gives it its name when the other one has said that it is whole.
 */
final class SandboxedCommand {
  /** Files of scratch space: for what is unwrapped, of each source, and for tables. */
  private static final int SCRATCH = 4;

  private static final long MOST_OF_RECEIPT = 1 << 16;

  private final StandardOptions standard;
  private final Invocation call;

  SandboxedCommand(StandardOptions standard, Invocation call) {
    this.standard = standard;
    this.call = call;
  }

  /**
   * Does it. What it prints goes to this process's own standard output and error.
   *
   * @param words the whole command line
   * @return its exit code
   */
  int run(Command command, String[] words) throws Failure {
    try {
      return runIn(command, words);
    } catch (Failure e) {
      throw e.withExitCode(command.noAnswer());
    } catch (IOException e) {
      throw new Failure(command.noAnswer(), "--sandbox: " + Reasons.message(e));
    }
  }

  private int runIn(Command command, String[] words) throws Failure, IOException {
    if (HandedFiles.isConfined()) {
      throw new Failure("--sandbox: this process is in one");
    }
    Sandbox.Level level = standard.sandbox().orElseThrow();
    NamedFiles files =
        command
            .files(call)
            .orElseThrow(() ->
                new Failure(
                    "--sandbox: '"
                        + command.name()
                        + "' cannot be done in one: it is for commands that read images, and convert"));
    List<String> lacking = Sandbox.lacking();
    if (!lacking.isEmpty()) {
      String what = "this system lacks " + String.join(", and ", lacking);
      if (level == Sandbox.Level.STRICT) {
        throw new Failure("--sandbox: " + what + "; --sandbox=best-effort goes without");
      }
      call.complain("warning: --sandbox=best-effort: " + what);
    }
    Sandbox sandbox = new Sandbox(level, standard.bounds()).passing("PLATTER_PASSPHRASE");
    for (String path : standard.readable()) {
      Path file = FileNames.path(path);
      if (!Files.exists(file)) {
        throw new Failure("--sandbox-read: '" + path + "': No such file or directory");
      }
      sandbox.reading(file);
    }
    for (NamedFiles.Name name : files.read()) {
      for (Path path : paths(name)) {
        sandbox.reading(path);
      }
    }
    for (String secret : Objects.files(call.arguments())) {
      sandbox.reading(FileNames.path(secret));
    }
    for (NamedFiles.Name name : files.changed()) {
      for (Path path : paths(name)) {
        sandbox.changing(path);
      }
    }
    Optional<Path> path = targetPath(files, sandbox);
    try (TargetFile target = path.isEmpty() ? null : target(path.get())) {
      int scratch = SCRATCH + files.read().size();
      return work(sandbox, scratch, path, target, words);
    }
  }

  private int work(
      Sandbox sandbox, int scratch, Optional<Path> path, TargetFile target, String[] words)
      throws Failure, IOException {
    List<FileStorage> handed = new ArrayList<>();
    try {
      FileStorage receipt =
          FileStorage.createUnnamed(Unwrapping.spoolDirectory(), HandedFiles.RECEIPT);
      handed.add(receipt);
      sandbox.handing(HandedFiles.RECEIPT, receipt);
      if (path.isPresent()) {
        sandbox.handing(FileNames.text(path.get()), target.unnamed().orElseThrow());
      }
      Path room = path.map(Location::directoryOf).orElseGet(Unwrapping::spoolDirectory);
      for (int i = 0; i < scratch; i++) {
        FileStorage file = FileStorage.createUnnamed(room, "scratch space", FileOption.PRIVATE);
        handed.add(file);
        sandbox.scratch(file);
      }
      call.out().flush();
      call.err().flush();
      List<String> arguments = Arrays.asList(words).subList(standard.command(), words.length);
      FileStorage asGiven = FileStorage.createUnnamed(Unwrapping.spoolDirectory(), "words");
      handed.add(asGiven);
      CommandLine.handOver(arguments, asGiven);
      sandbox.handing(CommandLine.HANDED, asGiven);
      SandboxedProcess.Ending ending = sandbox.startSelf(words.length, arguments).await();
      List<String> said = lines(receipt);
      if (ending.signal() != 0) {
        throw new Failure("the process in the sandbox is gone: " + ending.killedBy());
      }
      if (!said.contains(HandedFiles.CONFINED)) {
        throw new Failure("--sandbox: the process that was to be in it could not begin");
      }
      if (path.isPresent() && ending.exitCode() == 0) {
        if (!said.contains(FileNames.text(path.get()))) {
          throw new Failure("--sandbox: '" + FileNames.text(path.get()) + "' was not made");
        }
        target.publishFilled();
      }
      return ending.exitCode();
    } finally {
      for (FileStorage file : handed) {
        file.close();
      }
    }
  }

  /** What the other process says that it has done. */
  private static List<String> lines(FileStorage receipt) throws IOException {
    byte[] bytes = new byte[(int) Math.min(receipt.size(), MOST_OF_RECEIPT)];
    receipt.readFully(0, MemorySegment.ofArray(bytes));
    return List.of(FileNames.text(bytes).split("\0", -1));
  }

  /** What is to be made, and has no name yet; empty: nothing is, or what is there is written. */
  private Optional<Path> targetPath(NamedFiles files, Sandbox sandbox) throws Failure {
    if (files.made().isEmpty()) {
      return Optional.empty();
    }
    // A name that makes no sense means no path; the command says so.
    Optional<Path> path = paths(files.made().get()).stream().findFirst();
    if (path.isPresent() && Files.exists(path.get())) {
      sandbox.reading(path.get()); // whether it is the source is to be seen
      if (!Files.isRegularFile(path.get())) {
        sandbox.changing(path.get());
        return Optional.empty();
      }
    }
    return path;
  }

  private static TargetFile target(Path path) throws Failure {
    String name = FileNames.text(path);
    TargetFile target;
    try {
      target = TargetFile.create(path, ReferencePolicy.deny());
    } catch (LockedException e) {
      throw Failure.locked("", e);
    } catch (IOException e) {
      throw new Failure("Could not create '" + name + "': " + Reasons.of(e));
    }
    if (target.unnamed().isPresent()) {
      return target;
    }
    try (target) {
      throw new Failure(
          "--sandbox: '"
              + name
              + "' could only be written in place, as it has several names or another owner, or no"
              + " file can be made beside it");
    } catch (IOException e) {
      throw new Failure(name + ": " + Reasons.of(e));
    }
  }

  /** The files that a name means; none where it means standard input, or makes no sense. */
  private List<Path> paths(NamedFiles.Name name) throws Failure {
    if (name.text().equals("-") && call.profile().dashIsStream()) {
      return List.of();
    }
    try {
      ImageName image =
          name.byOptions() ? ImageName.parseOptions(name.text()) : ImageName.parse(name.text());
      List<Path> paths = new ArrayList<>();
      for (ImageName each = image; each != null; each = each.backing()) {
        Location location = each.location();
        if (location.path().isEmpty()) {
          throw new Failure(
              "--sandbox: '"
                  + location
                  + (Nodes.isMade(location)
                      ? "' is no file by its path"
                      : "' is not on this machine, and there is no network in a sandbox"));
        }
        Path path = location.file();
        if (isDescriptor(path)) {
          throw new Failure(
              "--sandbox: '" + location + "' is an open file of this process: give it as '-'");
        }
        paths.add(path);
      }
      return paths;
    } catch (IllegalOptionException e) {
      return List.of(); // the command says so
    }
  }

  /** Whether a path means an open file beyond the standard ones, as {@code <(...)} gives one. */
  private static boolean isDescriptor(Path path) {
    Path directory = path.toAbsolutePath().normalize().getParent();
    return directory != null
        && (directory.equals(Path.of("/dev/fd")) || directory.endsWith(Path.of("self", "fd")))
        && !List.of("0", "1", "2").contains(path.getFileName().toString());
  }
}
