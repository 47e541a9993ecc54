package dev.platter.cli.files;

import dev.platter.cli.line.Command;
import dev.platter.cli.line.Example;
import dev.platter.cli.line.ExitCode;
import dev.platter.cli.line.Failure;
import dev.platter.cli.line.Invocation;
import dev.platter.cli.line.NamedFiles;
import dev.platter.cli.line.Option;
import dev.platter.guest.copy.FileWalk;
import dev.platter.guest.files.FileAttributes;
import dev.platter.guest.files.Node;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/** {@code ls}: the names in a directory of a guest's file system. */
public final class LsCommand extends Command {
  private static final Option LONG =
      new Option("l", "long", "", "tell mode, links, owner, group, size and time (UTC), too");
  private static final Option RECURSIVE =
      new Option("R", "recursive", "", "list all that lies below, by its path");

  @Override
  public String name() {
    return "ls";
  }

  @Override
  public String summary() {
    return "List files of a file system in an image";
  }

  @Override
  public String usage() {
    return "[-f FMT] [-l] [-R] [--output human|json] [--partition N | --volume GROUP/NAME]"
        + " DISK [PATH]";
  }

  @Override
  public List<Option> options() {
    List<Option> all = new ArrayList<>(OpenDisk.OPTIONS);
    all.addAll(3, List.of(LONG, RECURSIVE, OUTPUT));
    return all;
  }

  @Override
  public String operands() {
    return "DISK  the image\nPATH  a directory or file in it (default: /); links are followed";
  }

  @Override
  public List<ExitCode> exitCodes() {
    return Skipped.EXIT_CODES;
  }

  @Override
  public List<Example> examples() {
    return List.of(
        new Example("list a directory of the only file system", "ls -l disk.qcow2 /etc"),
        new Example("list all of one of several", "ls -R --partition 1 disk.qcow2"));
  }

  @Override
  public Optional<NamedFiles> files(Invocation call) {
    return Optional.of(NamedFiles.readingFirst(call));
  }

  @Override
  public int run(Invocation call) throws IOException, Failure {
    List<String> operands = Operands.of(call, 1, 2, "DISK [PATH]");
    String path = operands.size() > 1 ? operands.get(1) : "/";
    boolean json = call.json();
    Skipped skipped = new Skipped(call, path);
    try (OpenVolume volume = OpenVolume.open(call, operands.getFirst())) {
      Node start = volume.find(path);
      Listing listing = new Listing(call, json, skipped);
      if (start.kind() != Node.Kind.DIRECTORY) {
        listing.add(path, start, start.attributes());
      } else if (call.has(RECURSIVE)) {
        FileWalk.walk(start, volume.budget(), listing);
      } else {
        for (String name : new TreeSet<>(start.names())) {
          volume.budget().renew();
          listing.addChild(start, name);
        }
      }
      listing.end();
    }
    return skipped.exitCode();
  }

  /** Prints what it is given. */
  private static final class Listing implements FileWalk.Visitor {
    private final Invocation call;
    private final Skipped skipped;
    private final FileFacts.JsonList list;

    private Listing(Invocation call, boolean json, Skipped skipped) {
      this.call = call;
      this.skipped = skipped;
      this.list = json ? new FileFacts.JsonList(call.out()) : null;
    }

    private void addChild(Node directory, String name) throws IOException {
      if (list == null && !call.has(LONG)) {
        call.out().println(name);
        return;
      }
      try {
        Node child = directory.child(name).orElseThrow(() -> new IOException("not to be found"));
        add(name, child, child.attributes());
      } catch (IOException e) {
        skip(name, e);
      }
    }

    private void add(String name, Node node, FileAttributes attributes) throws IOException {
      if (list != null) {
        list.add(FileFacts.shortly(name, node, attributes));
      } else {
        call.out().println(call.has(LONG) ? FileFacts.line(name, node, attributes) : name);
      }
    }

    @Override
    public void visit(String path, Node node, FileAttributes attributes) throws IOException {
      if (!path.isEmpty()) {
        add(path, node, attributes);
      }
    }

    @Override
    public void skip(String path, IOException reason) {
      skipped.leftOut(path, reason.getMessage());
    }

    private void end() {
      if (list != null) {
        list.close();
      }
    }
  }
}
