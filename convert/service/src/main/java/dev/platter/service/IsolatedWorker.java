package dev.platter.service;

import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import dev.platter.convert.Cancellation;
import dev.platter.convert.Progress;
import dev.platter.guest.DistroNames;
import dev.platter.image.Experimental;
import dev.platter.image.ImageException;
import dev.platter.image.spi.ImageFormats;
import dev.platter.image.wrap.UnwrapLimits;
import dev.platter.sandbox.Confinement;
import dev.platter.storage.FileStorage;
import dev.platter.storage.HandedFiles;
import dev.platter.storage.SystemException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * The program that works on one image in a sandbox, for {@link IsolatedWork}, and ends. It is told
 * what to do by its arguments, and has the image and what it makes of it as open files. The first
 * bytes of its answer say how far it is, until it is done.
 */
@Experimental
public final class IsolatedWorker {
  static final String SOURCE = "source";
  static final String TARGET = "target";
  static final String ANSWER = "answer";

  /** Bytes before the answer: how many of how many are done. */
  static final int PROGRESS = 16;

  static final String OF_IMAGE = "image";
  static final String TOO_LARGE = "large";
  static final String OTHER = "other";

  private static final int EFBIG = 27;

  private final String[] order;

  private IsolatedWorker(String[] order) {
    this.order = order;
  }

  /** Works. */
  public static void main(String[] order) {
    int exitCode = 1;
    try {
      Confinement.enter();
      WorkAnswer answer = new IsolatedWorker(order).done();
      try (FileStorage file = HandedFiles.open(ANSWER, true)) {
        file.write(PROGRESS, MemorySegment.ofArray(answer.toBytes()));
      }
      exitCode = 0;
    } catch (IOException | RuntimeException | Error e) {
      System.err.println(e.getMessage());
    }
    System.err.flush();
    Runtime.getRuntime().halt(exitCode);
  }

  private WorkAnswer done() throws IOException {
    try (FileStorage source = HandedFiles.open(SOURCE, false)) {
      return work(source);
    } catch (ImageException e) {
      return WorkAnswer.failure(OF_IMAGE, e.getMessage());
    } catch (SystemException e) {
      return WorkAnswer.failure(e.errno() == EFBIG ? TOO_LARGE : OTHER, e.getMessage());
    } catch (OutOfMemoryError e) {
      return WorkAnswer.failure(OTHER, "it needs more memory than it is allowed");
    } catch (IOException | RuntimeException | StackOverflowError e) {
      return WorkAnswer.failure(OTHER, e.getMessage() == null ? e.toString() : e.getMessage());
    }
  }

  private WorkAnswer work(FileStorage source) throws IOException {
    ImportSettings settings =
        ImportSettings.DEFAULT
            .withVirtualSizeCap(Long.parseLong(order[1]))
            .withConversionWorkers(Integer.parseInt(order[2]));
    ImageWork work = new LocalWork(ImageFormats.present(), settings, new Cancellation());
    switch (order[0]) {
      case "inspect":
        return WorkAnswer.of(work.inspect(source));
      case "describe":
        return WorkAnswer.of(
            work.guestProperties(source, order[3], order[4], DistroNames.valueOf(order[5])));
      case "sketch":
        return WorkAnswer.of(work.sketch(source, order[3], order[4]));
      case "unwrap":
        UnwrapLimits limits =
            new UnwrapLimits(
                Long.parseLong(order[3]),
                Long.parseLong(order[4]),
                Long.parseLong(order[5]),
                Long.parseLong(order[6]),
                order[7]);
        try (FileStorage target = HandedFiles.open(TARGET, true)) {
          work.unwrap(source, limits, target);
          return WorkAnswer.ofSize(target.size());
        }
      case "convert":
        try (FileStorage target = HandedFiles.open(TARGET, true);
            FileStorage answer = HandedFiles.open(ANSWER, true)) {
          Progress progress = (done, total) -> tell(answer, done, total);
          return WorkAnswer.ofSize(work.convert(source, order[3], order[4], target, progress));
        }
      default:
        throw new IOException("nobody can '" + order[0] + "'");
    }
  }

  private static void tell(FileStorage answer, long done, long total) {
    MemorySegment numbers = MemorySegment.ofArray(new byte[PROGRESS]);
    numbers.set(JAVA_LONG_UNALIGNED, 0, done);
    numbers.set(JAVA_LONG_UNALIGNED, 8, total);
    try {
      answer.write(0, numbers);
    } catch (IOException e) {
      // The answer itself will fail, too.
    }
  }
}
