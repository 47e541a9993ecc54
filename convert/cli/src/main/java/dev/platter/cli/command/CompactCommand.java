package dev.platter.cli.command;

import dev.platter.cli.image.EditedImage;
import dev.platter.cli.line.Arguments;
import dev.platter.cli.line.Command;
import dev.platter.cli.line.Example;
import dev.platter.cli.line.Failure;
import dev.platter.cli.line.Invocation;
import dev.platter.cli.line.Option;
import dev.platter.cli.source.Access;
import dev.platter.cli.source.CacheMode;
import dev.platter.cli.source.Source;
import dev.platter.cli.source.Unwrap;
import dev.platter.image.Sizes;
import dev.platter.image.disk.GuestDisk;
import java.io.IOException;
import java.util.List;

/** {@code compact}: gives back what an image takes for zeros and for nothing at all, in place. */
public final class CompactCommand extends Command {
  @Override
  public String name() {
    return "compact";
  }

  @Override
  public String summary() {
    return "Give back the space of zeros and of what is not in use, in place";
  }

  @Override
  public String usage() {
    return "[-f FMT] [--sparsify] [-q] FILE";
  }

  @Override
  public List<Option> options() {
    return List.of(Option.HELP, FORMAT, Sparsify.SPARSIFY, QUIET, IMAGE_OPTS, OBJECT);
  }

  @Override
  public String operands() {
    return "FILE  the image";
  }

  @Override
  public List<Example> examples() {
    return List.of(
        new Example("give back what the guest has zeroed", "compact disk.vdi"),
        new Example(
            "give back what its file systems do not use, too", "compact --sparsify disk.vdi"));
  }

  @Override
  public boolean exitCodeSaysAll(Arguments arguments) {
    return true;
  }

  @Override
  public int run(Invocation call) throws IOException, Failure {
    String file = call.operand();
    long won;
    try (Source source = open(call, file);
        EditedImage image = EditedImage.open(call, source, CacheMode.WRITEBACK)) {
      won = image.editor().compact();
    }
    if (call.has(Sparsify.SPARSIFY)) { // of a format that can be compacted, as is known by now
      won += sparsified(call, file);
    }
    if (!call.has(QUIET)) {
      call.out()
          .println("Image compacted: " + Sizes.text(won) + " (" + won + " bytes) given back.");
    }
    return 0;
  }

  /** How many bytes the image takes less once what is free in it is gone. */
  private static long sparsified(Invocation call, String file) throws IOException, Failure {
    long before;
    try (Source source = open(call, file);
        GuestDisk disk = EditedImage.openDisk(call, source, CacheMode.WRITEBACK)) {
      before = source.chain().top().storage().allocatedSize();
      Sparsify.inPlace(call, disk, source.name().shown());
    }
    try (Source source = open(call, file);
        EditedImage image = EditedImage.open(call, source, CacheMode.WRITEBACK)) {
      image.editor().compact();
      return Math.max(before - source.chain().top().storage().allocatedSize(), 0);
    }
  }

  private static Source open(Invocation call, String file) throws IOException, Failure {
    return Source.open(
        file,
        call.arguments().last(FORMAT),
        null,
        Unwrap.sources(call),
        true,
        Access.changing(call, CacheMode.WRITEBACK));
  }
}
