package dev.platter.cli.files;

import dev.platter.cli.line.Command;
import dev.platter.cli.line.Example;
import dev.platter.cli.line.Failure;
import dev.platter.cli.line.Invocation;
import dev.platter.cli.line.NamedFiles;
import dev.platter.cli.line.Option;
import dev.platter.cli.text.JsonText;
import dev.platter.guest.files.Node;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** {@code stat}: what a guest's file system keeps of a file. */
public final class StatCommand extends Command {
  @Override
  public String name() {
    return "stat";
  }

  @Override
  public String summary() {
    return "Tell what a file system in an image keeps of a file";
  }

  @Override
  public String usage() {
    return "[-f FMT] [--output human|json] [--partition N | --volume GROUP/NAME] DISK PATH";
  }

  @Override
  public List<Option> options() {
    List<Option> all = new ArrayList<>(OpenDisk.OPTIONS);
    all.add(2, OUTPUT);
    return all;
  }

  @Override
  public String operands() {
    return "DISK  the image\nPATH  a file in it; a link that it ends in is followed only with a"
        + " slash behind it\n\nExtended attributes are shown in base64.";
  }

  @Override
  public List<Example> examples() {
    return List.of(
        new Example("tell owner, mode, times and more", "stat disk.qcow2 /etc/os-release"));
  }

  @Override
  public Optional<NamedFiles> files(Invocation call) {
    return Optional.of(NamedFiles.readingFirst(call));
  }

  @Override
  public int run(Invocation call) throws IOException, Failure {
    List<String> operands = Operands.of(call, 2, 2, "DISK PATH");
    boolean json = call.json();
    try (OpenVolume volume = OpenVolume.open(call, operands.getFirst())) {
      Node file = volume.findItself(operands.get(1));
      Map<String, Object> facts = FileFacts.wholly(operands.get(1), file);
      if (json) {
        JsonText.print(facts, call.out());
      } else {
        print(facts, "", call);
      }
    }
    return 0;
  }

  private static void print(Map<?, ?> facts, String before, Invocation call) {
    facts.forEach((key, value) -> {
      if (value instanceof Map<?, ?> inside) {
        print(inside, key + " ", call);
      } else {
        call.out().println(before + key + ": " + value);
      }
    });
  }
}
