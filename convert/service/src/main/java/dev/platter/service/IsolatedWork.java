package dev.platter.service;

import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import dev.platter.convert.Cancellation;
import dev.platter.convert.Progress;
import dev.platter.guest.DistroNames;
import dev.platter.guest.picture.DiskSketch;
import dev.platter.image.DiskImage;
import dev.platter.image.wrap.UnwrapLimits;
import dev.platter.sandbox.Sandbox;
import dev.platter.sandbox.SandboxedProcess;
import dev.platter.service.ImportException.Reason;
import dev.platter.service.inspect.Inspection;
import dev.platter.storage.FileStorage;
import dev.platter.storage.ForwardingStorage;
import dev.platter.storage.Storage;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The work on images, each piece of it done by a process of its own in a sandbox. */
final class IsolatedWork implements ImageWork {
  /** How often it is looked how far a process is, and whether it may go on, milliseconds. */
  private static final int LOOK_EVERY = 100;

  private static final int SCRATCH = 2;
  private static final Path NOTHING = Path.of("/dev/null");

  private final ImportSettings settings;
  private final Isolation isolation;
  private final Staging staging;
  private final String imageId;
  private final Cancellation cancellation;

  IsolatedWork(
      ImportSettings settings, Staging staging, String imageId, Cancellation cancellation) {
    this.settings = settings;
    this.isolation = settings.isolation().orElseThrow();
    this.staging = staging;
    this.imageId = imageId;
    this.cancellation = cancellation;
  }

  @Override
  public Inspection inspect(Storage image) throws IOException {
    Work work = new Work(Reason.UNSAFE, "the image cannot be inspected", Progress.NONE);
    WorkAnswer answer = work.done(image, Optional.empty(), "inspect");
    long size = image.size();
    return work.understood(() -> answer.inspection(size));
  }

  @Override
  public DiskImage open(Storage image, String format) throws IOException {
    throw new ImportException(
        Reason.PLUGIN, "a plugin wants to open the image, which only isolated processes may");
  }

  @Override
  public Map<String, String> guestProperties(
      Storage image, String format, String name, DistroNames names) throws IOException {
    Work work = new Work(Reason.PLUGIN, "the disk cannot be looked into", Progress.NONE);
    WorkAnswer answer = work.done(image, Optional.empty(), "describe", format, name, names.name());
    return answer.properties();
  }

  @Override
  public DiskSketch sketch(Storage image, String format, String name) throws IOException {
    Work work = new Work(Reason.UNSAFE, "the disk cannot be looked at", Progress.NONE);
    WorkAnswer answer = work.done(image, Optional.empty(), "sketch", format, name);
    return work.understood(answer::sketch);
  }

  @Override
  public void unwrap(Storage packed, UnwrapLimits limits, WritableStorage plain)
      throws IOException {
    new Work(Reason.PLUGIN, "the image cannot be unpacked", Progress.NONE)
        .done(
            packed,
            Optional.of(plain),
            "unwrap",
            Long.toString(limits.freeData()),
            Long.toString(limits.dataPerByte()),
            Long.toString(limits.freeTotal()),
            Long.toString(limits.totalPerByte()),
            limits.raisedBy());
  }

  @Override
  public long convert(
      Storage image, String format, String target, WritableStorage storage, Progress progress)
      throws IOException {
    Work work = new Work(Reason.CONVERSION_FAILED, "the image cannot be converted", progress);
    WorkAnswer answer = work.done(image, Optional.of(storage), "convert", format, target);
    return work.understood(() -> answer.size().orElseThrow(IllegalArgumentException::new));
  }

  /** The file that a process is to have for a storage. */
  private static FileStorage file(Storage storage) {
    Storage file = storage;
    while (file instanceof ForwardingStorage around) {
      file = around.below();
    }
    return (FileStorage) file; // as all are that the staging area gives
  }

  /** A number or the like out of an answer. */
  private interface Reading<T> {
    T of();
  }

  /** One piece of work. */
  private final class Work {
    private final Reason reason;
    private final String failed;
    private final Progress progress;

    /**
     * @param reason of a failure that the image has caused
     * @param failed how messages about that begin
     */
    Work(Reason reason, String failed, Progress progress) {
      this.reason = reason;
      this.failed = failed;
      this.progress = progress;
    }

    /** Has it done, and returns the answer of a process that succeeded. */
    WorkAnswer done(
        Storage image, Optional<WritableStorage> target, String task, String... arguments)
        throws IOException {
      List<String> order = new ArrayList<>();
      order.add(task);
      order.add(Long.toString(settings.virtualSizeCap()));
      order.add(Integer.toString(settings.conversionWorkers()));
      order.addAll(Arrays.asList(arguments));
      List<FileStorage> own = new ArrayList<>();
      try {
        FileStorage answer = staging.newFile(imageId);
        own.add(answer);
        FileStorage log = staging.newFile(imageId);
        own.add(log);
        FileStorage nothing = FileStorage.openForReading(NOTHING);
        own.add(nothing);
        Sandbox sandbox =
            new Sandbox(
                    isolation.level(), isolation.bounds().withFileBytes(settings.imageSizeCap()))
                .printing(log, log, nothing)
                .handingToRead(IsolatedWorker.SOURCE, file(image))
                .handing(IsolatedWorker.ANSWER, answer);
        target.ifPresent(storage -> sandbox.handing(IsolatedWorker.TARGET, file(storage)));
        for (int i = 0; i < SCRATCH; i++) {
          FileStorage scratch = staging.newFile(imageId);
          own.add(scratch);
          sandbox.scratch(scratch);
        }
        SandboxedProcess process = sandbox.start(WorkerVm.options(), order);
        try {
          watch(process, answer);
        } finally {
          process.kill();
          process.await();
        }
        return judged(process.await(), answer, log);
      } finally {
        for (FileStorage file : own) {
          file.close();
        }
      }
    }

    /** Waits until it has ended, or must. */
    private void watch(SandboxedProcess process, FileStorage answer) throws IOException {
      long begun = System.nanoTime();
      while (!process.await(LOOK_EVERY)) {
        if (cancellation.isCancelled()) {
          throw new ImportException(Reason.CANCELLED, "the import was cancelled");
        }
        if (System.nanoTime() - begun > isolation.longest().toNanos()) {
          throw new ImportException(
              reason, failed + ": it takes longer than " + isolation.longest().toSeconds() + " s");
        }
        if (answer.size() > WorkAnswer.MOST_BYTES) {
          throw new ImportException(reason, failed + ": it tells too much");
        }
        staging.requireRoom();
        report(answer);
      }
    }

    private void report(FileStorage answer) throws IOException {
      if (answer.size() >= IsolatedWorker.PROGRESS) {
        MemorySegment numbers = MemorySegment.ofArray(new byte[IsolatedWorker.PROGRESS]);
        answer.readFully(0, numbers);
        long done = numbers.get(JAVA_LONG_UNALIGNED, 0);
        long total = numbers.get(JAVA_LONG_UNALIGNED, 8);
        if (done >= 0 && done <= total) {
          progress.advanced(done, total);
        }
      }
    }

    private WorkAnswer judged(SandboxedProcess.Ending ending, FileStorage answer, FileStorage log)
        throws IOException {
      if (ending.signal() != 0) {
        throw new ImportException(reason, failed + ": " + ending.killedBy());
      }
      if (ending.exitCode() != 0) {
        byte[] said = bytes(log, 0, 1 << 10);
        String first =
            new String(said, StandardCharsets.UTF_8).lines().findFirst().orElse("nothing is known");
        throw new ImportException(
            Reason.INTERNAL, "the isolated process has failed: " + WorkAnswer.clean(first));
      }
      WorkAnswer parsed =
          understood(() ->
              WorkAnswer.parse(bytesOf(answer, IsolatedWorker.PROGRESS, WorkAnswer.MOST_BYTES)));
      Optional<List<String>> failure = parsed.failure();
      if (failure.isEmpty()) {
        return parsed;
      }
      String message = failed + ": " + failure.get().get(1);
      throw failure.get().getFirst().equals(IsolatedWorker.TOO_LARGE)
          ? new ImportException(
              Reason.TOO_LARGE,
              "the image would have more than " + settings.imageSizeCap() + " bytes")
          : new ImportException(reason, message);
    }

    /** What an answer says, which may be anything. */
    <T> T understood(Reading<T> reading) throws ImportException {
      try {
        return reading.of();
      } catch (IllegalArgumentException e) {
        throw new ImportException(reason, failed + ": no answer that makes sense", e);
      }
    }
  }

  private static byte[] bytesOf(FileStorage file, long from, int most) {
    try {
      return bytes(file, from, most);
    } catch (IOException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }

  private static byte[] bytes(FileStorage file, long from, int most) throws IOException {
    byte[] bytes = new byte[Math.clamp(file.size() - from, 0, most)];
    file.readFully(from, MemorySegment.ofArray(bytes));
    return bytes;
  }
}
