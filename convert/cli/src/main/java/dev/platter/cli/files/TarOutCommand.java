package dev.platter.cli.files;

import dev.platter.cli.line.Command;
import dev.platter.cli.line.Example;
import dev.platter.cli.line.ExitCode;
import dev.platter.cli.line.Failure;
import dev.platter.cli.line.Invocation;
import dev.platter.cli.line.NamedFiles;
import dev.platter.cli.line.Option;
import dev.platter.cli.progress.Interruption;
import dev.platter.guest.copy.TarWriter;
import dev.platter.guest.files.Node;
import dev.platter.storage.FileNames;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** {@code tar-out}: puts files of a guest into a tar. */
public final class TarOutCommand extends Command {
  private static final String STREAM = "-";
  private static final int BUFFER = 1 << 16;

  @Override
  public String name() {
    return "tar-out";
  }

  @Override
  public String summary() {
    return "Make a tar of files of a file system in an image";
  }

  @Override
  public String usage() {
    return "[-f FMT] [--partition N | --volume GROUP/NAME] DISK PATH TARGET";
  }

  @Override
  public List<Option> options() {
    return new ArrayList<>(OpenDisk.OPTIONS);
  }

  @Override
  public String operands() {
    return "DISK    the image\n"
        + "PATH    a directory in it, of which the tar holds the content, or a file\n"
        + "TARGET  the tar; -: standard output\n\n"
        + "It holds owners, modes, times, devices, hard links, extended attributes and holes, as"
        + " GNU tar unpacks them (--xattrs --xattrs-include='*').";
  }

  @Override
  public List<ExitCode> exitCodes() {
    return Skipped.EXIT_CODES;
  }

  @Override
  public List<Example> examples() {
    return List.of(new Example("make a tar of a whole system", "tar-out disk.qcow2 / system.tar"));
  }

  @Override
  public Optional<NamedFiles> files(Invocation call) throws Failure {
    List<String> operands = call.arguments().operands();
    if (operands.size() == 3 && !operands.get(2).equals(STREAM)) {
      throw new Failure("--sandbox: the tar can only go to standard output (-)");
    }
    return Optional.of(NamedFiles.readingFirst(call));
  }

  @Override
  public int run(Invocation call) throws IOException, Failure {
    List<String> operands = Operands.of(call, 3, 3, "DISK PATH TARGET");
    String target = operands.get(2);
    Skipped skipped = new Skipped(call, operands.get(1));
    try (OpenVolume volume = OpenVolume.open(call, operands.getFirst());
        Interruption interruption = Interruption.listen()) {
      Node start = volume.findItself(operands.get(1));
      String name = ExtractCommand.lastName(operands.get(1));
      if (name.isEmpty() && start.kind() != Node.Kind.DIRECTORY) {
        throw new Failure("'" + operands.get(1) + "' is no directory");
      }
      write(
          call,
          target,
          out -> {
            TarWriter tar = new TarWriter(out, () -> Stopped.check(interruption.cancellation()));
            tar.add(start, name, volume.budget(), skipped);
            tar.finish();
          });
    } catch (Stopped e) {
      return Failure.EXIT;
    }
    return skipped.exitCode();
  }

  private interface Work {
    void into(OutputStream out) throws IOException;
  }

  /** A file gets its name once all of it is there. */
  private static void write(Invocation call, String target, Work work) throws IOException {
    if (target.equals(STREAM)) {
      OutputStream out = new BufferedOutputStream(new Printed(call.out()), BUFFER);
      work.into(out);
      out.flush();
      return;
    }
    Path path = FileNames.path(target);
    if (Files.exists(path) && !Files.isRegularFile(path)) {
      try (OutputStream out =
          new BufferedOutputStream(Files.newOutputStream(path, StandardOpenOption.WRITE), BUFFER)) {
        work.into(out);
      }
      return;
    }
    Path file = path.toAbsolutePath();
    Path part =
        file.resolveSibling(
            FileNames.path(
                "." + FileNames.text(file.getFileName()) + "." + ProcessHandle.current().pid()));
    try {
      try (OutputStream out =
          new BufferedOutputStream(
              Files.newOutputStream(part, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
              BUFFER)) {
        work.into(out);
      }
      Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(part);
    }
  }

  /** Standard output, which says at once that nobody reads it any more. */
  private static final class Printed extends OutputStream {
    private final PrintStream out;

    private Printed(PrintStream out) {
      this.out = out;
    }

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      out.write(bytes, offset, length);
      if (out.checkError()) {
        throw new IOException("cannot write to standard output");
      }
    }
  }
}
