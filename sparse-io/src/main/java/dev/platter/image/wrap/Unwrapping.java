package dev.platter.image.wrap;

import dev.platter.image.Fault;
import dev.platter.image.ImageException;
import dev.platter.storage.FileStorage;
import dev.platter.storage.Storage;
import dev.platter.storage.StreamSource;
import dev.platter.storage.SystemException;
import dev.platter.storage.ZeroScan;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Takes image files out of the compressions around them, within limits: bombs end in an error, and
 * so does what is damaged or cut off, where that is found. To unwrap what comes over a network:
 *
 * <pre>{@code
 * Unwrapping unwrapping = new Unwrapping(Wrappings.present(), UnwrapLimits.DEFAULT);
 * try (StreamSource packed = new StreamSource("upload 17", channel);
 *     StreamSource plain = unwrapping.open(packed).orElse(packed)) {
 *   while (plain.read(buffer) > 0) { ... }
 * }
 * }</pre>
 *
 * <p>What was read is only good if the last read, which finds the end, has not thrown. Stateless;
 * the sources it answers are for one thread at a time.
 */
public final class Unwrapping {
  /** How many wrappings may be around each other, as in {@code raw.xz.gz}. */
  public static final int MAX_DEPTH = 2;

  private static final int SPOOL_BYTES = 1 << 20;
  private static final int PAGE = 4096;

  private final Wrappings wrappings;
  private final UnwrapLimits limits;
  private final Consumer<String> remarks;

  public Unwrapping(Wrappings wrappings, UnwrapLimits limits) {
    this(wrappings, limits, remark -> {});
  }

  /**
   * The same, and listens.
   *
   * @param remarks takes what is worth knowing of files that are sound all the same: a line each,
   *     which begins with the wrapping and the file's name
   */
  public Unwrapping(Wrappings wrappings, UnwrapLimits limits, Consumer<String> remarks) {
    this.wrappings = wrappings;
    this.limits = limits;
    this.remarks = remarks;
  }

  /**
   * Unwraps a stream.
   *
   * @param packed stays the caller's
   * @return empty if it is not wrapped; nothing has been read of it then
   */
  public Optional<StreamSource> open(StreamSource packed) throws IOException {
    Optional<Wrapping> outer = wrappings.around(packed.head(Wrapping.HEAD_BYTES));
    if (outer.isEmpty()) {
      return Optional.empty();
    }
    LongSupplier read = packed::position;
    InputStream decoder =
        explained(
            outer.get(), packed.name(), () -> outer.get().unwrap(unclosed(packed.asInputStream())));
    return Optional.of(
        unwrapAgain(source(outer.get(), packed.name(), decoder, OptionalLong.empty(), read), read));
  }

  /**
   * Unwraps a file, on several cores where its wrapping allows that.
   *
   * @param packed stays the caller's
   * @return empty if it is not wrapped
   */
  public Optional<StreamSource> open(Storage packed) throws IOException {
    Optional<Wrapping> outer = wrappings.around(head(packed));
    if (outer.isEmpty()) {
      return Optional.empty();
    }
    long packedSize = packed.size();
    OptionalLong size =
        explained(outer.get(), packed.name(), () -> outer.get().unwrappedSize(packed));
    InputStream decoder = explained(outer.get(), packed.name(), () -> outer.get().unwrap(packed));
    return Optional.of(
        unwrapAgain(
            source(outer.get(), packed.name(), decoder, size, () -> packedSize), () -> packedSize));
  }

  /**
   * The names of the wrappings around a file, outermost first; only the outermost is looked for.
   */
  public Optional<String> nameOf(Storage packed) throws IOException {
    return wrappings.around(head(packed)).map(Wrapping::name);
  }

  /**
   * Puts what is unwrapped into a file without a name, holes where it is zero, so that it can be
   * read here and there.
   *
   * @param plain what {@link #open} answered; read to its end
   * @param directory where there is room for the file
   */
  public static FileStorage spool(StreamSource plain, Path directory) throws IOException {
    FileStorage spool = spoolFile(plain.name(), directory);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(SPOOL_BYTES, PAGE);
      long size = 0;
      for (long count = plain.read(buffer); count > 0; count = plain.read(buffer)) {
        writeData(spool, size, buffer.asSlice(0, count));
        size += count;
      }
      spool.truncate(size);
      return spool;
    } catch (Throwable e) {
      spool.close();
      throw e;
    }
  }

  static FileStorage spoolFile(String name, Path directory) throws IOException {
    return FileStorage.createUnnamed(
        directory, "spool file of " + name + " in " + directory.toAbsolutePath());
  }

  /** Where large temporary files belong: what TMPDIR says, else /var/tmp, which is on a disk. */
  public static Path spoolDirectory() {
    String chosen = System.getenv("TMPDIR");
    Path large = Path.of("/var/tmp");
    if (chosen != null && Files.isDirectory(Path.of(chosen))) {
      return Path.of(chosen);
    }
    return Files.isDirectory(large) ? large : Path.of(System.getProperty("java.io.tmpdir"));
  }

  static void writeData(FileStorage spool, long offset, MemorySegment bytes) throws IOException {
    long at = 0;
    while (at < bytes.byteSize()) {
      at += ZeroScan.zeroRun(bytes.asSlice(at), PAGE);
      long data = ZeroScan.dataRun(bytes.asSlice(at), PAGE);
      if (data > 0) {
        spool.write(offset + at, bytes.asSlice(at, data));
        at += data;
      }
    }
  }

  private StreamSource unwrapAgain(StreamSource once, LongSupplier read) throws IOException {
    StreamSource source = once;
    try {
      for (int depth = 1; ; depth++) {
        Optional<Wrapping> inner = wrappings.around(source.head(Wrapping.HEAD_BYTES));
        if (inner.isEmpty()) {
          return source;
        }
        if (depth == MAX_DEPTH) {
          throw Fault.on(once.name())
              .unsupported("more than " + MAX_DEPTH + " wrappings around each other");
        }
        StreamSource packed = source;
        InputStream decoder =
            explained(inner.get(), once.name(), () -> inner.get().unwrap(packed.asInputStream()));
        source = source(inner.get(), once.name(), decoder, OptionalLong.empty(), read);
      }
    } catch (Throwable e) {
      source.close();
      throw e;
    }
  }

  private StreamSource source(
      Wrapping wrapping, String name, InputStream decoder, OptionalLong size, LongSupplier read) {
    return new StreamSource(
        name,
        new UnwrapChannel(wrapping.name() + " " + name, decoder, size, limits, read, remarks),
        size);
  }

  private interface Action<T> {
    T run() throws IOException;
  }

  /** Lets no exception of a library's own out. */
  private static <T> T explained(Wrapping wrapping, String name, Action<T> action)
      throws IOException {
    try {
      return action.run();
    } catch (ImageException | SystemException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      String reason = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
      throw Fault.in(wrapping.name(), name).corrupt("damaged or cut off: " + reason, e);
    }
  }

  private static MemorySegment head(Storage packed) throws IOException {
    MemorySegment head = MemorySegment.ofArray(new byte[Wrapping.HEAD_BYTES]);
    return head.asSlice(0, packed.read(0, head));
  }

  private static InputStream unclosed(InputStream stream) {
    return new FilterInputStream(stream) {
      @Override
      public void close() {}
    };
  }
}
