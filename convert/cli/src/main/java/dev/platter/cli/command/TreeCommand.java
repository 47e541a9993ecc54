package dev.platter.cli.command;

import dev.platter.cli.answer.ImageFacts;
import dev.platter.cli.line.Command;
import dev.platter.cli.line.Example;
import dev.platter.cli.line.Failure;
import dev.platter.cli.line.Invocation;
import dev.platter.cli.line.NamedFiles;
import dev.platter.cli.line.Option;
import dev.platter.cli.source.CacheMode;
import dev.platter.cli.source.Source;
import dev.platter.cli.text.JsonText;
import dev.platter.cli.text.Reasons;
import dev.platter.image.ImageInfo;
import dev.platter.image.Sizes;
import dev.platter.image.chain.ImageChain;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** {@code tree}: which images lie over which. What several have below them is told once. */
public final class TreeCommand extends Command {
  /** An image, and those over it by what identifies them. */
  private record Image(ImageFacts facts, Map<String, Image> above) {
    static Image of(ImageFacts facts) {
      return new Image(facts, new LinkedHashMap<>());
    }
  }

  @Override
  public String name() {
    return "tree";
  }

  @Override
  public String summary() {
    return "Tell which images lie over which";
  }

  @Override
  public String usage() {
    return "[-f FMT] [--output human|json] [-U] FILE...";
  }

  @Override
  public List<Option> options() {
    return List.of(
        Option.HELP, FORMAT, DISK, UNWRAP, MAX_UNWRAPPED, OUTPUT, FORCE_SHARE, IMAGE_OPTS, OBJECT);
  }

  @Override
  public String operands() {
    return "FILE...  images; those below them are found by themselves";
  }

  @Override
  public List<Example> examples() {
    return List.of(
        new Example("tell what an overlay lies over", "tree overlay.qcow2"),
        new Example("tell which images have a base in common", "tree disk.qcow2 overlay.qcow2"));
  }

  @Override
  public Optional<NamedFiles> files(Invocation call) {
    return Optional.of(NamedFiles.readingAll(call));
  }

  @Override
  public int run(Invocation call) throws Failure {
    boolean json = call.json();
    List<String> files = call.arguments().operands();
    if (files.isEmpty()) {
      throw Failure.usage("Expecting image file names");
    }
    Map<String, Image> bases = new LinkedHashMap<>();
    boolean isAll = true;
    for (String file : files) {
      isAll &= add(call, file, bases);
    }
    if (json) {
      JsonText.print(bases.values().stream().map(TreeCommand::json).toList(), call.out());
    } else {
      bases.values().forEach(base -> print(base, "", "", call.out()));
    }
    return isAll ? 0 : Failure.EXIT;
  }

  private static boolean add(Invocation call, String file, Map<String, Image> bases) {
    try (Source source = InfoCommand.open(call, file, CacheMode.WRITEBACK, true, false)) {
      Map<String, Image> level = bases;
      for (ImageChain.Layer layer : source.chain().layers().reversed()) {
        ImageFacts facts = ImageFacts.of(source, layer, false);
        level = level.computeIfAbsent(identity(layer), _ -> Image.of(facts)).above();
      }
      return true;
    } catch (Failure e) {
      call.complain(e.getMessage());
    } catch (IOException e) {
      call.complain("'" + file + "': " + Reasons.of(e));
    }
    return false;
  }

  /** The same for a file that has several names. */
  private static String identity(ImageChain.Layer layer) {
    Optional<Path> path = layer.location().path();
    if (path.isEmpty()) {
      return layer.location().toString();
    }
    try {
      return path.get().toRealPath().toString();
    } catch (IOException e) {
      return path.get().toAbsolutePath().normalize().toString(); // not to be followed
    }
  }

  private static Map<String, Object> json(Image image) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("filename", image.facts().name());
    json.put("format", image.facts().format());
    long size = image.facts().info().virtualSize();
    if (size != ImageInfo.UNKNOWN_SIZE) {
      json.put("virtual-size", size);
    }
    json.put("actual-size", image.facts().diskSize());
    List<Object> above = new ArrayList<>();
    image.above().values().forEach(each -> above.add(json(each)));
    if (!above.isEmpty()) {
      json.put("above", above);
    }
    return json;
  }

  /**
   * @param branch what stands before the image itself
   * @param indent what stands before those over it
   */
  private static void print(Image image, String branch, String indent, PrintStream out) {
    ImageFacts facts = image.facts();
    long size = facts.info().virtualSize();
    out.println(
        branch
            + facts.name()
            + " ("
            + facts.format()
            + (size == ImageInfo.UNKNOWN_SIZE ? "" : ", " + Sizes.text(size))
            + ", "
            + Sizes.text(facts.diskSize())
            + " on disk)");
    List<Image> above = List.copyOf(image.above().values());
    for (Image each : above) {
      boolean isLast = each == above.getLast();
      print(each, indent + (isLast ? "`-- " : "|-- "), indent + (isLast ? "    " : "|   "), out);
    }
  }
}
