package dev.platter.cli.command;

import dev.platter.cli.answer.GuestJson;
import dev.platter.cli.answer.GuestText;
import dev.platter.cli.answer.ImageFacts;
import dev.platter.cli.answer.InfoJson;
import dev.platter.cli.answer.InfoText;
import dev.platter.cli.line.Arguments;
import dev.platter.cli.line.Command;
import dev.platter.cli.line.Example;
import dev.platter.cli.line.Failure;
import dev.platter.cli.line.Invocation;
import dev.platter.cli.line.NamedFiles;
import dev.platter.cli.line.Option;
import dev.platter.cli.line.Profile;
import dev.platter.cli.source.Access;
import dev.platter.cli.source.CacheMode;
import dev.platter.cli.source.Source;
import dev.platter.cli.source.Unwrap;
import dev.platter.cli.text.JsonText;
import dev.platter.guest.GuestDescription;
import dev.platter.guest.GuestInspector;
import dev.platter.image.chain.ImageChain;
import dev.platter.image.chain.WrappedFiles;
import dev.platter.image.spi.FileUse;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * {@code info}: what an image says of itself. Opens nothing but the file named and the heads of its
 * extents, unless asked for its chain.
 */
public final class InfoCommand extends Command {
  private static final Option BACKING_CHAIN =
      new Option("", "backing-chain", "", "tell of the images below it too");
  private static final Option CACHE =
      new Option("t", "cache", "CACHE", "cache mode for FILE (default: writeback)");
  private static final Option DEEP =
      new Option("", "deep", "", "tell what the disk holds: partitions, file systems, the system");
  private static final Option LIMITS =
      new Option("", "limits", "", "tell the limits of the requests that FILE takes");

  @Override
  public String name() {
    return "info";
  }

  @Override
  public String summary() {
    return "Tell what an image is: format, sizes, snapshots, backing file";
  }

  @Override
  public String usage() {
    return usage(Profile.PLATTER);
  }

  @Override
  public String usage(Profile profile) {
    String deep = profile.asQemuImg() ? "" : "[--deep] ";
    String file = profile.asQemuImg() ? "FILE" : "FILE...";
    return "[-f FMT] [--backing-chain] "
        + deep
        + "[-t CACHE] [--limits] [--output human|json] [-U] "
        + file;
  }

  @Override
  public List<Option> options() {
    return List.of(
        Option.HELP,
        FORMAT,
        BACKING_CHAIN,
        DEEP,
        CACHE,
        LIMITS,
        DISK,
        UNWRAP,
        MAX_UNWRAPPED,
        OUTPUT,
        FORCE_SHARE,
        IMAGE_OPTS,
        OBJECT);
  }

  @Override
  public String operands() {
    return "FILE  the image";
  }

  @Override
  public List<Example> examples() {
    return List.of(
        new Example("tell format and sizes", "info disk.qcow2"),
        new Example(
            "tell partitions, file systems and operating system, too", "info --deep disk.qcow2"),
        new Example("tell of several, a line each", "info --deep disk.qcow2 disk.vmdk"),
        new Example(
            "the same of all images of a chain, for programs",
            "info --backing-chain --output=json overlay.qcow2"));
  }

  @Override
  public Optional<NamedFiles> files(Invocation call) {
    return Optional.of(NamedFiles.readingAll(call));
  }

  @Override
  public int run(Invocation call) throws IOException, Failure {
    boolean json = call.json();
    CacheMode cache = CacheMode.of(call.arguments().last(CACHE, "writeback"), "cache");
    boolean wholeChain = call.has(BACKING_CHAIN);
    boolean limits = call.has(LIMITS);
    boolean deep = call.has(DEEP);
    List<String> files = call.arguments().operands();
    if (files.size() > 1 && !call.profile().asQemuImg()) {
      if (wholeChain || limits) {
        throw Failure.usage("--backing-chain and --limits tell of one image");
      }
      return ManyImages.tell(call, files, cache, deep);
    }
    String file = call.operand();
    try (Source source = open(call, file, cache, wholeChain, deep)) {
      List<ImageChain.Layer> layers = source.chain().layers();
      layers = wholeChain ? layers : layers.subList(0, 1);
      // The guest sees the chain as one disk: what it holds is told with the top image.
      GuestDescription guest = deep ? GuestInspector.describe(source.map(), file) : null;
      if (json) {
        List<Object> all = new ArrayList<>();
        for (ImageChain.Layer layer : layers) {
          Map<String, Object> facts = InfoJson.of(ImageFacts.of(source, layer, limits));
          if (deep && layer == layers.getFirst()) {
            facts.put("guest", GuestJson.of(guest));
          }
          all.add(facts);
        }
        JsonText.print(wholeChain ? all : all.getFirst(), call.out());
      } else {
        for (int i = 0; i < layers.size(); i++) {
          if (i > 0) {
            call.out().println();
          }
          InfoText.print(ImageFacts.of(source, layers.get(i), limits), call.out());
          if (deep && i == 0) {
            GuestText.print(guest, call.out());
          }
        }
      }
    }
    return 0;
  }

  /** Opens a file as far as the answer takes. */
  static Source open(
      Invocation call, String file, CacheMode cache, boolean wholeChain, boolean deep)
      throws IOException, Failure {
    Arguments arguments = call.arguments();
    Optional<WrappedFiles> unwrapped = Unwrap.sources(call);
    return Source.open(
        file,
        arguments.last(FORMAT),
        arguments.last(DISK),
        deep ? unwrapped : unwrapped.map(WrappedFiles::withHeadFirst),
        wholeChain || deep,
        Access.reading(call, deep ? FileUse.READ : FileUse.DESCRIBE, cache));
  }
}
