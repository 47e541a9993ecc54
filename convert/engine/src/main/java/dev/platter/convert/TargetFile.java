package dev.platter.convert;

import dev.platter.image.ImageChain;
import dev.platter.image.Reference;
import dev.platter.image.ReferencePolicy;
import dev.platter.image.Target;
import dev.platter.image.Unwrapping;
import dev.platter.image.Wrapping;
import dev.platter.storage.FileOption;
import dev.platter.storage.FileStorage;
import dev.platter.storage.SequentialStorage;
import dev.platter.storage.SystemException;
import dev.platter.storage.WritableStorage;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The file that a new image becomes. It has no name until {@link #publish}: whatever goes wrong
 * before, a file of that name keeps its content and nothing is left beside it. Devices, pipes and
 * targets that are to be written in place are the exception. {@link #close} without {@link
 * #publish} gives everything up.
 */
public final class TargetFile implements Target, Closeable {
  private static final int SPOOL_BUFFER_BYTES = 1 << 20;

  /** The type in a file's mode, and the type of a block device; as POSIX systems have it. */
  private static final int FILE_TYPE = 0170000;

  private static final int BLOCK_DEVICE = 0060000;

  private final Path path;
  private final ReferencePolicy policy;
  private final FileOption[] options;
  private final WritableStorage storage;
  private final Kind kind;
  private final SequentialStorage pipe;
  private final Map<Path, FileStorage> outside = new LinkedHashMap<>();
  private final Packer packer;
  private final TargetFile wrapped;

  private enum Kind {
    UNNAMED,
    IN_PLACE,
    PIPE,
    SPOOLED,
    PACKED
  }

  private TargetFile(
      Path path,
      ReferencePolicy policy,
      FileOption[] options,
      WritableStorage storage,
      Kind kind,
      SequentialStorage pipe) {
    this.path = path;
    this.policy = policy;
    this.options = options;
    this.storage = storage;
    this.kind = kind;
    this.pipe = pipe;
    this.packer = null;
    this.wrapped = null;
  }

  private TargetFile(TargetFile wrapped, Packer packer) {
    this.path = wrapped.path;
    this.policy = ReferencePolicy.deny();
    this.options = wrapped.options;
    this.storage = packer.storage();
    this.kind = Kind.PACKED;
    this.pipe = null;
    this.packer = packer;
    this.wrapped = wrapped;
  }

  /**
   * A new file at {@code path}, which appears, or takes the place of the old one, when published.
   * What is there already and is no regular file is written: a device in place, a pipe in order. So
   * is a file that may be written in a directory where none may be made.
   *
   * @param policy which outside files the new image may have
   */
  public static TargetFile create(Path path, ReferencePolicy policy, FileOption... options)
      throws IOException {
    boolean exists = Files.exists(path);
    if (exists && !Files.isRegularFile(path)) {
      return existing(path, policy, options);
    }
    Path goal = exists && Files.isSymbolicLink(path) ? path.toRealPath() : path;
    Path directory = ImageChain.directoryOf(goal);
    try {
      FileStorage storage = FileStorage.createUnnamed(directory, path.toString(), options);
      return new TargetFile(path, policy, options, storage, Kind.UNNAMED, null);
    } catch (SystemException e) {
      if (!exists || !Files.isWritable(goal) || Files.isWritable(directory.toAbsolutePath())) {
        throw e;
      }
      TargetFile target = inPlace(goal, true, policy, options);
      target.storage().truncate(0);
      return target;
    }
  }

  private static TargetFile existing(Path path, ReferencePolicy policy, FileOption... options)
      throws IOException {
    // Opening a pipe only to look at it would end it for its reader.
    int type = (int) Files.getAttribute(path, "unix:mode") & FILE_TYPE;
    if (type == BLOCK_DEVICE) {
      return inPlace(path, false, policy, options);
    }
    return pipe(
        new SequentialStorage(
            path.toString(), Files.newByteChannel(path, StandardOpenOption.WRITE)),
        false,
        Unwrapping.spoolDirectory());
  }

  /**
   * An existing file or device whose bytes are replaced.
   *
   * @param isZero whether all of it reads as zeros now, so that zeros need not be written
   */
  public static TargetFile inPlace(
      Path path, boolean isZero, ReferencePolicy policy, FileOption... options) throws IOException {
    WritableStorage storage = new InPlaceStorage(FileStorage.openForWriting(path, options), isZero);
    return new TargetFile(path, policy, options, storage, Kind.IN_PLACE, null);
  }

  /**
   * A pipe.
   *
   * @param inOrder whether the image is written from front to back; otherwise it is made in an
   *     unnamed file in {@code spoolDirectory} first and sent when published
   */
  public static TargetFile pipe(SequentialStorage pipe, boolean inOrder, Path spoolDirectory)
      throws IOException {
    FileOption[] none = {};
    return inOrder
        ? new TargetFile(null, ReferencePolicy.deny(), none, pipe, Kind.PIPE, pipe)
        : new TargetFile(
            null,
            ReferencePolicy.deny(),
            none,
            FileStorage.createUnnamed(spoolDirectory, pipe.name()),
            Kind.SPOOLED,
            pipe);
  }

  /**
   * A target whose image is wrapped in a compression on its way, and so is written in order.
   *
   * @param file where the wrapped image goes: new, or in order itself; becomes the result's
   * @param level one of the wrapping's levels
   * @param threads how many threads may compress
   */
  public static TargetFile wrapped(TargetFile file, Wrapping wrapping, int level, int threads)
      throws IOException {
    return new TargetFile(file, new Packer(file.storage(), wrapping, level, threads));
  }

  @Override
  public WritableStorage storage() {
    return storage;
  }

  @Override
  public boolean sequential() {
    return kind == Kind.PIPE || kind == Kind.PACKED;
  }

  @Override
  public WritableStorage outside(Reference reference) throws IOException {
    Path directory = path == null ? Path.of("") : ImageChain.directoryOf(path);
    Path resolved = policy.resolve(reference, directory);
    if (resolved.equals(path) || outside.containsKey(resolved)) {
      throw new IOException(resolved + ": the image would need this file twice");
    }
    FileStorage file =
        FileStorage.createUnnamed(ImageChain.directoryOf(resolved), resolved.toString(), options);
    outside.put(resolved, file);
    return file;
  }

  /**
   * Makes the image appear: outside files first, the image itself last. Call it once, after the
   * writer has finished.
   *
   * @param durable whether to wait until everything is on the medium
   */
  public void publish(boolean durable) throws IOException {
    if (kind == Kind.PACKED) {
      packer.complete();
      wrapped.publish(durable);
      return;
    }
    if (durable) {
      for (FileStorage file : outside.values()) {
        file.sync();
      }
      storage.sync();
    }
    for (Map.Entry<Path, FileStorage> file : outside.entrySet()) {
      file.getValue().linkTo(file.getKey());
    }
    switch (kind) {
      case UNNAMED -> ((FileStorage) storage).linkTo(path);
      case SPOOLED -> send();
      case IN_PLACE, PIPE, PACKED -> {}
    }
  }

  private void send() throws IOException {
    long size = storage.size();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(SPOOL_BUFFER_BYTES, 4096);
      for (long at = 0; at < size; at += buffer.byteSize()) {
        MemorySegment part = buffer.asSlice(0, Math.min(buffer.byteSize(), size - at));
        storage.readFully(at, part);
        pipe.write(at, part);
      }
    }
  }

  @Override
  public void close() throws IOException {
    try (wrapped;
        storage;
        pipe) {
      for (FileStorage file : outside.values()) {
        file.close();
      }
    }
  }
}
