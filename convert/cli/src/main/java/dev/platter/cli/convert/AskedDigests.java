package dev.platter.cli.convert;

import dev.platter.cli.command.DigestCommand;
import dev.platter.cli.line.Failure;
import dev.platter.cli.line.Invocation;
import dev.platter.cli.line.Option;
import dev.platter.cli.source.Access;
import dev.platter.cli.source.FileOpener;
import dev.platter.convert.Cancellation;
import dev.platter.convert.Converter;
import dev.platter.convert.FileDigest;
import dev.platter.convert.GuestDigest;
import dev.platter.convert.Progress;
import dev.platter.image.BlockMap;
import dev.platter.image.name.ImageName;
import dev.platter.image.spi.FileUse;
import dev.platter.storage.SequentialStorage;
import dev.platter.storage.Storage;
import dev.platter.storage.StreamSource;
import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongUnaryOperator;

/**
 * The digests that a conversion tells: of the disk, made as it is converted, and of the bytes of
 * the files it comes from and goes to. What passes only once is looked at as it does; other files
 * are read once more when all is done.
 */
final class AskedDigests {
  static final Option DIGEST =
      new Option(
          "",
          "digest",
          "NAME,...",
          "tell what the disk comes to; source:NAME, target:NAME: what that file does");

  private static final String SOURCE = "source:";
  private static final String TARGET = "target:";

  private final Cancellation cancellation;
  private final List<String> ofSource = new ArrayList<>();
  private final List<String> ofTarget = new ArrayList<>();
  private final Optional<GuestDigest> disk;
  private final List<String> sourceLines = new ArrayList<>();
  private final List<String> targetLines = new ArrayList<>();

  /** Of what passes only once; null elsewhere. */
  private FileDigest in;

  private StreamSource passing;

  private FileDigest out;

  private boolean isSourceTold;

  private AskedDigests(List<String> names, Cancellation cancellation) throws Failure {
    this.cancellation = cancellation;
    List<String> ofDisk = new ArrayList<>();
    for (String name : names) {
      if (name.startsWith(SOURCE)) {
        ofSource.add(DigestCommand.checked(name.substring(SOURCE.length())));
      } else if (name.startsWith(TARGET)) {
        ofTarget.add(DigestCommand.checked(name.substring(TARGET.length())));
      } else {
        ofDisk.add(DigestCommand.checked(name));
      }
    }
    disk = ofDisk.isEmpty() ? Optional.empty() : Optional.of(new GuestDigest(ofDisk));
  }

  static AskedDigests of(Invocation call, Cancellation cancellation) throws Failure {
    String text = call.arguments().last(DIGEST);
    if (text != null && call.has(ConvertCommand.OFFLOAD)) {
      throw new Failure("Cannot enable copy offloading when --digest is used");
    }
    return new AskedDigests(text == null ? List.of() : List.of(text.split(",", -1)), cancellation);
  }

  /** Has the disk's made, where they are wanted. */
  Converter by(Converter converter) {
    disk.ifPresent(converter::digesting);
    return converter;
  }

  /** Whether those of the disk are wanted. */
  boolean ofDisk() {
    return disk.isPresent();
  }

  /**
   * Makes those of a disk that is not converted as a whole, and sees that the target's are the
   * same.
   */
  void readBack(BlockMap source, BlockMap made, String target) throws IOException, Failure {
    GuestDigest expected = disk.orElseThrow();
    GuestDigest there = new GuestDigest(expected.names());
    expected.read(source, Progress.NONE, cancellation);
    there.read(made, Progress.NONE, cancellation);
    for (String name : expected.names()) {
      if (!Arrays.equals(expected.made().get(name), there.made().get(name))) {
        throw new Failure(
            "'"
                + target
                + "' does not hold the disk that was written: its "
                + name
                + " is another");
      }
    }
  }

  /** A source comes only once. */
  StreamSource watched(StreamSource source) {
    if (!ofSource.isEmpty()) {
      in = new FileDigest(ofSource, cancellation);
      source.watch(in::take);
      passing = source;
    }
    return source;
  }

  /** What the target gets it gets only once. */
  SequentialStorage watched(SequentialStorage pipe) {
    if (!ofTarget.isEmpty()) {
      out = new FileDigest(ofTarget, cancellation);
      pipe.watch(out::take);
    }
    return pipe;
  }

  /** All of a source that comes only once was converted: reads what it has behind that. */
  void sourceEnded(String name) throws IOException {
    if (in != null) {
      passing.drain();
      sourceLines.addAll(lines(SOURCE, in.end(), name));
      isSourceTold = true;
    }
  }

  /** A source that can be read again was converted. */
  void sourceRead(Storage file, String name) throws IOException {
    if (!ofSource.isEmpty() && !isSourceTold) {
      sourceLines.addAll(lines(SOURCE, FileDigest.of(file, ofSource, cancellation), name));
    }
  }

  /**
   * The target is whole.
   *
   * @param sizeOf tells from the size of the disk that was converted how large the target's is
   */
  void targetMade(Invocation call, ConversionTarget target, LongUnaryOperator sizeOf)
      throws IOException, Failure {
    if (disk.isPresent()) {
      long converted = disk.get().size();
      long made = sizeOf.applyAsLong(converted);
      if (made != converted) {
        call.complain(
            "warning: "
                + target.shown()
                + ": its disk has "
                + made
                + " bytes, and the digest is that of the "
                + converted
                + " that were converted");
      }
    }
    if (out != null) {
      targetLines.addAll(lines(TARGET, out.end(), target.shown()));
    } else if (!ofTarget.isEmpty()) {
      ImageName name = target.name();
      Access access = Access.reading(call, FileUse.READ);
      try (Storage file =
          new FileOpener(access, name, name.location()).openLocked(FileUse.Part.PLAIN)) {
        targetLines.addAll(
            lines(TARGET, FileDigest.of(file, ofTarget, cancellation), target.shown()));
      }
    }
  }

  private static List<String> lines(String whose, Map<String, byte[]> made, String name) {
    List<String> lines = new ArrayList<>();
    made.forEach((algorithm, digest) ->
        lines.add(whose + algorithm + ":" + HexFormat.of().formatHex(digest) + "  " + name));
    return lines;
  }

  /** Tells all, that of the disk as the command digest does of the target. */
  void tell(PrintStream to, String target) {
    disk.ifPresent(digest -> lines("", digest.made(), target).forEach(to::println));
    sourceLines.forEach(to::println);
    targetLines.forEach(to::println);
  }
}
