package dev.platter.cli;

import java.io.IOException;
import java.util.List;

/** {@code compact}: gives back what an image takes for zeros and for nothing at all, in place. */
final class CompactCommand extends Command {
  @Override
  String name() {
    return "compact";
  }

  @Override
  String summary() {
    return "Give back the space of zeros and of what is not in use, in place";
  }

  @Override
  String usage() {
    return "[-f FMT] [-q] FILE";
  }

  @Override
  List<Option> options() {
    return List.of(Option.HELP, FORMAT, QUIET);
  }

  @Override
  String operands() {
    return "FILE  the image";
  }

  @Override
  boolean exitCodeSaysAll(Arguments arguments) {
    return true;
  }

  @Override
  int run(Invocation call) throws IOException, Failure {
    String file = call.operand();
    long won;
    try (Source source =
            Source.open(
                file,
                call.arguments().last(FORMAT),
                null,
                Unwrap.sources(call),
                true,
                Access.changing(call, CacheMode.WRITEBACK));
        EditedImage image = EditedImage.open(call, source, CacheMode.WRITEBACK)) {
      won = image.editor().compact();
    }
    if (!call.has(QUIET)) {
      call.out()
          .println("Image compacted: " + SizeText.of(won) + " (" + won + " bytes) given back.");
    }
    return 0;
  }
}
