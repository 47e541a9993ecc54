package dev.platter.cli.command;

import dev.platter.cli.line.Command;
import dev.platter.cli.line.Example;
import dev.platter.cli.line.Failure;
import dev.platter.cli.line.Invocation;
import dev.platter.cli.line.NamedFiles;
import dev.platter.cli.line.Option;
import dev.platter.cli.source.Source;
import dev.platter.cli.text.JsonText;
import dev.platter.convert.DiskDigest;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** {@code digest}: what the bytes of a disk come to, whatever the format that keeps them. */
public final class DigestCommand extends Command {
  private static final Option ALGORITHM =
      new Option("a", "algorithm", "NAME,...", "which digests (default: sha256)");

  @Override
  public String name() {
    return "digest";
  }

  @Override
  public String summary() {
    return "Tell what the bytes of a disk come to";
  }

  @Override
  public String usage() {
    return "[-f FMT] [-a NAME,...] [--output human|json] [-p] [-U] FILE";
  }

  @Override
  public List<Option> options() {
    return List.of(
        Option.HELP,
        FORMAT,
        ALGORITHM,
        DISK,
        UNWRAP,
        MAX_UNWRAPPED,
        MAX_RATE,
        OUTPUT,
        PROGRESS,
        FORCE_SHARE,
        IMAGE_OPTS,
        OBJECT);
  }

  @Override
  public String operands() {
    return "FILE  the image\n\nNAME is one of "
        + String.join(", ", DiskDigest.names())
        + ". All but the last are those of the same disk as a raw file; for the last, zeros are"
        + " not read.";
  }

  @Override
  public List<Example> examples() {
    return List.of(
        new Example("the digest that the disk has as a raw file", "digest -a sha256 disk.qcow2"));
  }

  /** The name of a digest, if there is one of that name. */
  public static String checked(String name) throws Failure {
    if (!DiskDigest.names().contains(name)) {
      throw new Failure(
          "no digest is called '" + name + "'; there are " + String.join(", ", DiskDigest.names()));
    }
    return name;
  }

  @Override
  public Optional<NamedFiles> files(Invocation call) {
    return Optional.of(NamedFiles.readingAll(call));
  }

  @Override
  public int run(Invocation call) throws IOException, Failure {
    boolean json = call.json();
    String file = call.operand();
    List<String> names = List.of(call.arguments().last(ALGORITHM, "sha256").split(",", -1));
    for (String name : names) {
      checked(name);
    }
    try (Source source = WholeDisk.open(call, file)) {
      long size = source.map().size();
      Map<String, String> made = WholeDisk.digests(call, source, names);
      if (json) {
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("filename", source.name().shown());
        answer.put("virtual-size", size);
        answer.put("digests", made);
        JsonText.print(answer, call.out());
      } else {
        made.forEach(
            (name, hex) -> call.out().println(name + ":" + hex + "  " + source.name().shown()));
      }
      return 0;
    }
  }
}
