package dev.platter.cli.files;

import dev.platter.cli.line.Command;
import dev.platter.cli.line.Example;
import dev.platter.cli.line.Failure;
import dev.platter.cli.line.Invocation;
import dev.platter.cli.line.NamedFiles;
import dev.platter.cli.line.Option;
import dev.platter.guest.copy.ContentCopy;
import dev.platter.guest.files.Node;
import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** {@code cat}: the bytes of files of a guest's file system. */
public final class CatCommand extends Command {
  private static final int ZEROS = 1 << 16;

  @Override
  public String name() {
    return "cat";
  }

  @Override
  public String summary() {
    return "Print files of a file system in an image";
  }

  @Override
  public String usage() {
    return "[-f FMT] [--partition N | --volume GROUP/NAME] DISK PATH...";
  }

  @Override
  public List<Option> options() {
    return new ArrayList<>(OpenDisk.OPTIONS);
  }

  @Override
  public String operands() {
    return "DISK  the image\nPATH  a file in it; links are followed";
  }

  @Override
  public List<Example> examples() {
    return List.of(
        new Example("print a file of the only file system", "cat disk.qcow2 /etc/os-release"));
  }

  @Override
  public Optional<NamedFiles> files(Invocation call) {
    return Optional.of(NamedFiles.readingFirst(call));
  }

  @Override
  public int run(Invocation call) throws IOException, Failure {
    List<String> operands = Operands.of(call, 2, Integer.MAX_VALUE, "DISK PATH...");
    try (OpenVolume volume = OpenVolume.open(call, operands.getFirst())) {
      List<Node> files = new ArrayList<>();
      for (String path : operands.subList(1, operands.size())) {
        Node file = volume.find(path);
        if (file.kind() != Node.Kind.FILE) {
          throw new Failure("'" + path + "' is a " + FileFacts.type(file.attributes()));
        }
        files.add(file);
      }
      ContentCopy copy = new ContentCopy(() -> requireReader(call.out()));
      for (Node file : files) {
        copy.copy(file.content(), new Printed(call.out()));
      }
    }
    return 0;
  }

  /** Whoever wanted only the beginning is not given the rest. */
  private static void requireReader(PrintStream out) throws IOException {
    if (out.checkError()) {
      throw new IOException("cannot write to standard output");
    }
  }

  private record Printed(PrintStream out) implements ContentCopy.Sink {
    @Override
    public void bytes(byte[] bytes, int length) {
      out.write(bytes, 0, length);
    }

    @Override
    public void hole(long length) throws IOException {
      byte[] zeros = new byte[(int) Math.min(length, ZEROS)];
      for (long left = length; left > 0; left -= zeros.length) {
        out.write(zeros, 0, (int) Math.min(left, zeros.length));
        if (left % (ZEROS * 16L) < zeros.length) {
          requireReader(out);
        }
      }
    }
  }
}
