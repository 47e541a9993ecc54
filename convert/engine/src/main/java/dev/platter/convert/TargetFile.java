package dev.platter.convert;

import dev.platter.image.Reference;
import dev.platter.image.spi.FileUse;
import dev.platter.image.spi.ReferencePolicy;
import dev.platter.image.spi.Target;
import dev.platter.image.wrap.Wrapping;
import dev.platter.storage.FileNames;
import dev.platter.storage.FileOption;
import dev.platter.storage.FileStorage;
import dev.platter.storage.Location;
import dev.platter.storage.NewStorage;
import dev.platter.storage.SequentialStorage;
import dev.platter.storage.StorageProviders;
import dev.platter.storage.WritableStorage;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The file that a new image becomes. It has no name until a {@link Converter} has made all of it:
 * whatever goes wrong before, a file of that name keeps its content and nothing is left beside it.
 * The exceptions are devices, pipes, targets that are to be written in place, and files that no
 * other file can replace. What is written in place or replaced is locked against other programs
 * until it is done. {@link #close} without that gives everything up.
 */
public final class TargetFile implements Target, Closeable {
  /** The type in a file's mode, and the type of a block device; as POSIX systems have it. */
  private static final int FILE_TYPE = 0170000;

  private static final int BLOCK_DEVICE = 0060000;

  private final Location location;
  private final ReferencePolicy policy;
  private final FileOption[] options;
  private final WritableStorage storage;
  private final Kind kind;
  private final NewFile file;
  private final NewStorage elsewhere;
  private final Map<Path, NewFile> outside = new LinkedHashMap<>();
  private final Packer packer;
  private final TargetFile wrapped;

  private enum Kind {
    NEW,
    NEW_ELSEWHERE,
    IN_PLACE,
    PIPE,
    PACKED
  }

  private TargetFile(
      Location location,
      ReferencePolicy policy,
      FileOption[] options,
      WritableStorage storage,
      Kind kind) {
    this.file = null;
    this.elsewhere = null;
    this.location = location;
    this.policy = policy;
    this.options = options;
    this.storage = storage;
    this.kind = kind;
    this.packer = null;
    this.wrapped = null;
  }

  private TargetFile(
      Location location, ReferencePolicy policy, FileOption[] options, NewFile file) {
    this.file = file;
    this.elsewhere = null;
    this.location = location;
    this.policy = policy;
    this.options = options;
    this.storage = file.storage();
    this.kind = Kind.NEW;
    this.packer = null;
    this.wrapped = null;
  }

  private TargetFile(Location location, ReferencePolicy policy, NewStorage elsewhere) {
    this.file = null;
    this.elsewhere = elsewhere;
    this.location = location;
    this.policy = policy;
    this.options = new FileOption[0];
    this.storage = elsewhere.storage();
    this.kind = Kind.NEW_ELSEWHERE;
    this.packer = null;
    this.wrapped = null;
  }

  private TargetFile(TargetFile wrapped, Packer packer) {
    this.file = null;
    this.elsewhere = null;
    this.location = wrapped.location;
    this.policy = ReferencePolicy.deny();
    this.options = wrapped.options;
    this.storage = packer.storage();
    this.kind = Kind.PACKED;
    this.packer = packer;
    this.wrapped = wrapped;
  }

  /**
   * A new file at {@code path}, which appears, or takes the place of the old one, when published.
   * What is there already and is no regular file is written: a device in place, a pipe in order. So
   * is a file whose place no other one can take, because it has several names, is named by an open
   * descriptor ({@code /dev/fd/3}), is mounted there, has an owner or attributes that this process
   * cannot give to a new one, or is in a directory where none can be made.
   *
   * @param policy which outside files the new image may have
   * @throws dev.platter.storage.LockedException if another program uses what is there
   */
  public static TargetFile create(Path path, ReferencePolicy policy, FileOption... options)
      throws IOException {
    return Files.exists(path) && !Files.isRegularFile(path)
        ? existing(path, policy, options)
        : new TargetFile(Location.of(path), policy, options, NewFile.at(path, options));
  }

  /**
   * The same anywhere. Where nothing new can be made, what is there is written in place, and must
   * be large enough.
   *
   * @param elsewhere of what is no file, by the names that its provider has for them
   * @param options for files and devices
   */
  public static TargetFile create(
      Location location,
      Map<String, String> elsewhere,
      ReferencePolicy policy,
      FileOption... options)
      throws IOException {
    if (location.path().isPresent()) {
      return create(location.file(), policy, options);
    }
    Optional<TargetFile> made = elsewhere(location, elsewhere, policy);
    return made.isPresent()
        ? made.get()
        : inPlace(location, false, FileUse.REPLACE, policy, options);
  }

  /**
   * Something new that is no file; empty where the place is one for files, or has nothing new.
   *
   * @param options by the names that the place's provider has for them
   * @throws IOException if it is there already
   */
  public static Optional<TargetFile> elsewhere(
      Location location, Map<String, String> options, ReferencePolicy policy) throws IOException {
    if (location.path().isPresent()) {
      return Optional.empty();
    }
    return StorageProviders.of(location.scheme())
        .create(location, options)
        .map(made -> new TargetFile(location, policy, made));
  }

  private static TargetFile existing(Path path, ReferencePolicy policy, FileOption... options)
      throws IOException {
    // Opening a pipe only to look at it would end it for its reader.
    int type = (int) Files.getAttribute(path, "unix:mode") & FILE_TYPE;
    if (type == BLOCK_DEVICE) {
      return inPlace(Location.of(path), false, FileUse.REPLACE, policy, options);
    }
    return pipe(
        new SequentialStorage(
            FileNames.text(path), Files.newByteChannel(path, StandardOpenOption.WRITE)));
  }

  /**
   * What exists and whose bytes are replaced.
   *
   * @param isZero whether all of it reads as zeros now, so that zeros need not be written
   * @param use what it is locked for
   * @throws dev.platter.storage.LockedException if another program's use of it forbids that
   */
  public static TargetFile inPlace(
      Location location, boolean isZero, FileUse use, ReferencePolicy policy, FileOption... options)
      throws IOException {
    if (location.path().isEmpty()) {
      WritableStorage storage = StorageProviders.of(location.scheme()).openForWriting(location);
      return new TargetFile(
          location, policy, options, new InPlaceStorage(storage, isZero), Kind.IN_PLACE);
    }
    FileStorage file = FileStorage.openForWriting(location.file(), options);
    try {
      file.lock(use.of(FileUse.Part.PLAIN));
    } catch (Throwable e) {
      file.close();
      throw e;
    }
    return new TargetFile(
        location, policy, options, new InPlaceStorage(file, isZero), Kind.IN_PLACE);
  }

  /** A pipe, which becomes the result's. */
  public static TargetFile pipe(SequentialStorage pipe) {
    return new TargetFile(null, ReferencePolicy.deny(), new FileOption[0], pipe, Kind.PIPE);
  }

  /**
   * A target whose image is wrapped in a compression on its way, and so is written in order.
   *
   * @param file where the wrapped image goes: new, or in order itself; becomes the result's
   * @param size the size of what will be written to it, where that is known
   * @param level one of the wrapping's levels
   * @param threads how many threads may compress
   */
  public static TargetFile wrapped(
      TargetFile file, Wrapping wrapping, OptionalLong size, int level, int threads)
      throws IOException {
    return new TargetFile(file, new Packer(file.storage(), wrapping, size, level, threads));
  }

  /**
   * The file without a name that another process may fill, which is to be handed it; empty where
   * what is there is written in place, in order, or elsewhere.
   */
  public Optional<FileStorage> unnamed() {
    return kind == Kind.NEW ? file.unnamed() : Optional.empty();
  }

  /** Gives the file its name that another process has filled, and has said to be whole. */
  public void publishFilled() throws IOException {
    publish(false);
  }

  @Override
  public WritableStorage storage() {
    return storage;
  }

  /** Whether what is there already is written, as large as it is: a device, a disk elsewhere. */
  public boolean isInPlace() {
    return kind == Kind.IN_PLACE;
  }

  @Override
  public boolean sequential() {
    return kind == Kind.PIPE
        || kind == Kind.PACKED
        || kind == Kind.NEW_ELSEWHERE && elsewhere.sequential();
  }

  @Override
  public void expect(long size) throws IOException {
    if (kind == Kind.NEW_ELSEWHERE) {
      elsewhere.expect(size);
    }
  }

  @Override
  public WritableStorage outside(Reference reference) throws IOException {
    Location base = location == null ? Location.of(Path.of("-")) : location;
    Location goal = policy.resolve(reference, base);
    Path resolved =
        goal.path()
            .orElseThrow(
                () -> new IOException(goal + ": a new image's other files can only be files"));
    if (goal.equals(location) || outside.containsKey(resolved)) {
      throw new IOException(FileNames.text(resolved) + ": the image would need this file twice");
    }
    NewFile beside = NewFile.at(resolved, options);
    outside.put(resolved, beside);
    return beside.storage();
  }

  /**
   * Makes the image appear: outside files first, the image itself last. Called once, after the
   * writer has finished, by {@link Destination} alone.
   *
   * @param durable whether to wait until everything is on the medium
   */
  void publish(boolean durable) throws IOException {
    if (kind == Kind.PACKED) {
      packer.complete();
      wrapped.publish(durable);
      return;
    }
    if (durable) {
      for (NewFile beside : outside.values()) {
        beside.storage().sync();
      }
      storage.sync();
    }
    for (NewFile beside : outside.values()) {
      beside.publish();
    }
    switch (kind) {
      case NEW -> file.publish();
      case NEW_ELSEWHERE -> elsewhere.publish();
      case IN_PLACE, PIPE, PACKED -> {}
    }
  }

  /** What its maker is to be told once it is published, a line each. */
  List<String> notes() {
    return switch (kind) {
      case NEW_ELSEWHERE -> elsewhere.notes();
      case PACKED -> wrapped.notes();
      case NEW, IN_PLACE, PIPE -> List.of();
    };
  }

  @Override
  public void close() throws IOException {
    try (wrapped;
        elsewhere;
        file;
        storage) {
      for (NewFile beside : outside.values()) {
        beside.close();
      }
    }
  }
}
