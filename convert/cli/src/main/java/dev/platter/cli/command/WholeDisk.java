package dev.platter.cli.command;

import dev.platter.cli.line.Command;
import dev.platter.cli.line.Failure;
import dev.platter.cli.line.Invocation;
import dev.platter.cli.progress.Interruption;
import dev.platter.cli.progress.ProgressDisplay;
import dev.platter.cli.source.Access;
import dev.platter.cli.source.CacheMode;
import dev.platter.cli.source.Source;
import dev.platter.cli.source.Unwrap;
import dev.platter.convert.ConvertOptions;
import dev.platter.convert.DiskDigest;
import dev.platter.image.spi.FileUse;
import java.io.IOException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A disk that a command names, read as a whole: opened, and what its bytes come to. */
final class WholeDisk {
  private WholeDisk() {}

  /** Opens the image; what is not there is said here, and not while it is read. */
  static Source open(Invocation call, String file) throws IOException, Failure {
    return open(
        call, file, call.arguments().last(Command.FORMAT), call.arguments().last(Command.DISK));
  }

  /**
   * The same with other words for the format and the disk.
   *
   * @param format null: told by the content
   * @param disk which one of several; null: the only one
   */
  static Source open(Invocation call, String file, String format, String disk)
      throws IOException, Failure {
    Source source =
        Source.open(
            file,
            format,
            disk,
            Unwrap.sources(call),
            true,
            Access.reading(call, FileUse.READ, CacheMode.WRITEBACK));
    try {
      source.map();
      return source;
    } catch (Throwable e) {
      source.close();
      throw e;
    }
  }

  /** The digests of those names, in hexadecimal. */
  static Map<String, String> digests(Invocation call, Source source, List<String> names)
      throws IOException, Failure {
    ProgressDisplay progress = ProgressDisplay.of(call, call.err());
    try (Interruption interruption = Interruption.listen()) {
      Map<String, String> made = new LinkedHashMap<>();
      DiskDigest.of(
              source.map(),
              names,
              ConvertOptions.defaults().workers(),
              progress,
              interruption.cancellation())
          .forEach((name, digest) -> made.put(name, HexFormat.of().formatHex(digest)));
      progress.complete();
      return made;
    } finally {
      progress.end();
    }
  }
}
