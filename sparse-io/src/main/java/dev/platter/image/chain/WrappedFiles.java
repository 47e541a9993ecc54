package dev.platter.image.chain;

import dev.platter.image.Fault;
import dev.platter.image.UnsupportedFeatureException;
import dev.platter.image.spi.ImageFormat;
import dev.platter.image.wrap.GradualSpool;
import dev.platter.image.wrap.Unwrapping;
import dev.platter.storage.SegmentStorage;
import dev.platter.storage.Storage;
import dev.platter.storage.StreamSource;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Which files are taken out of a compression, and where to.
 *
 * @param unwrapping how they are
 * @param always whether the file must be wrapped. Otherwise its content decides: where the format
 *     is to be found, a file is wrapped that no format knows better than raw does; where the format
 *     is given, a file that is not of that format. So a disk that is said to be raw is taken as it
 *     is, whatever its guest wrote to its beginning
 * @param spoolDirectory where there is room for what is unwrapped
 * @param headFirst whether no more is unwrapped than is read of an image that is known by its head;
 *     whether the rest can be unwrapped is not found out then
 */
public record WrappedFiles(
    Unwrapping unwrapping, boolean always, Path spoolDirectory, boolean headFirst) {
  /** All of a file is unwrapped. */
  public WrappedFiles(Unwrapping unwrapping, boolean always, Path spoolDirectory) {
    this(unwrapping, always, spoolDirectory, false);
  }

  /** The same, for those who describe an image and read nothing of its disk. */
  public WrappedFiles withHeadFirst() {
    return new WrappedFiles(unwrapping, always, spoolDirectory, true);
  }

  /**
   * The name of the wrapping that a file is in.
   *
   * @param format the format that the file has as it is, found or given
   * @return empty if the file is to be taken as it is
   */
  public Optional<String> wrappingOf(Storage file, ImageFormat format, boolean given)
      throws IOException {
    return always || mayBeWrapped(file, format, given) ? unwrapping.nameOf(file) : Optional.empty();
  }

  /**
   * Unwraps a file in order.
   *
   * @param file stays the caller's
   * @param format the format that the file has as it is, found or given
   * @return empty if the file is to be taken as it is
   */
  public Optional<StreamSource> open(Storage file, ImageFormat format, boolean given)
      throws IOException {
    if (!always && !mayBeWrapped(file, format, given)) {
      return Optional.empty();
    }
    Optional<StreamSource> plain = unwrapping.open(file);
    if (always && plain.isEmpty()) {
      throw notWrapped(file.name());
    }
    return plain;
  }

  /**
   * Unwraps a stream, under the same rules.
   *
   * @param stream stays the caller's
   */
  public Optional<StreamSource> open(StreamSource stream, ImageFormat format, boolean given)
      throws IOException {
    MemorySegment head = stream.head(ImageFormat.HEAD_BYTES);
    SegmentStorage start = new SegmentStorage(stream.name(), head);
    if (!always && !fits(format.probe(start, head), given)) {
      return Optional.empty();
    }
    Optional<StreamSource> plain = unwrapping.open(stream);
    if (always && plain.isEmpty()) {
      throw notWrapped(stream.name());
    }
    return plain;
  }

  /**
   * Unwraps a file into a spool file.
   *
   * @param file becomes the result's, where there is one
   */
  Optional<UnwrappedStorage> spool(Storage file, ImageFormat format, boolean given)
      throws IOException {
    Optional<StreamSource> plain = open(file, format, given);
    if (plain.isEmpty()) {
      return Optional.empty();
    }
    String wrapping = unwrapping.nameOf(file).orElseThrow();
    if (headFirst) {
      GradualSpool spool = new GradualSpool(plain.get(), spoolDirectory).guessing();
      return Optional.of(new UnwrappedStorage(file, spool, wrapping));
    }
    try (StreamSource source = plain.get()) {
      return Optional.of(
          new UnwrappedStorage(file, Unwrapping.spool(source, spoolDirectory), wrapping));
    }
  }

  private static boolean mayBeWrapped(Storage file, ImageFormat format, boolean given)
      throws IOException {
    MemorySegment head = MemorySegment.ofArray(new byte[ImageFormat.HEAD_BYTES]);
    return fits(format.probe(file, head.asSlice(0, file.read(0, head)).asReadOnly()), given);
  }

  private static boolean fits(int strength, boolean given) {
    return given ? strength == ImageFormat.NO_MATCH : strength <= ImageFormat.LIKE_ANYTHING;
  }

  private static UnsupportedFeatureException notWrapped(String name) {
    return Fault.on(name).unsupported("the file is in no compression that is known");
  }
}
