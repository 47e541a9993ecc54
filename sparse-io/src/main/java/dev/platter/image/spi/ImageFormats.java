package dev.platter.image.spi;

import dev.platter.image.Sign;
import dev.platter.storage.SegmentStorage;
import dev.platter.storage.Services;
import dev.platter.storage.Storage;
import dev.platter.storage.StreamSource;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** The formats that are present, found as {@link java.util.ServiceLoader} finds them. */
public final class ImageFormats {
  /** The name of the format whose images are the disk's bytes as they are. */
  public static final String PLAIN = "raw";

  private final List<ImageFormat> formats;
  private final boolean tails;

  private ImageFormats(List<ImageFormat> formats, boolean tails) {
    this.formats = formats;
    this.tails = tails;
  }

  /** The formats that the module path or class path holds, by name. */
  public static ImageFormats present() {
    List<ImageFormat> formats = Services.offered(ImageFormat.class);
    formats.sort((a, b) -> a.name().compareTo(b.name()));
    return new ImageFormats(List.copyOf(formats), true);
  }

  /**
   * The same formats, probing as qemu-img does: what only the tail of a file says ({@link
   * ImageFormat#TOLD_BY_TAIL}, a fixed VHD's footer), names for kinds of raw disks ({@link
   * ImageFormat#LIKE_RAW}, an ISO) and containers, which it does not look into, decide nothing
   * unless the format is asked for by name; nor do signs of what is not read, which it takes for
   * raw ({@link Sign}).
   */
  public ImageFormats withoutTails() {
    return new ImageFormats(formats, false);
  }

  /** All formats, by name. */
  public List<ImageFormat> all() {
    return formats;
  }

  /** The format of that name or alias. */
  public Optional<ImageFormat> named(String name) {
    for (ImageFormat format : formats) {
      if (format.name().equals(name) || format.aliases().contains(name)) {
        return Optional.of(format);
      }
    }
    return Optional.empty();
  }

  /**
   * The file by which the image at {@code path} is opened: the path itself, unless it is a
   * directory that holds the file of a format whose images are directories.
   */
  public Path fileAt(Path path) {
    if (!Files.isDirectory(path)) {
      return path;
    }
    for (ImageFormat format : formats) {
      Optional<Path> file = format.directoryFile().map(path::resolve).filter(Files::isRegularFile);
      if (file.isPresent()) {
        return file.get();
      }
    }
    return path;
  }

  /**
   * The format that is most sure of a storage's content: an {@link UnreadFormat} where the content
   * is of a kind that is known and not read. Raw takes anything else, so the answer is empty only
   * where raw is not present either.
   */
  public Optional<ImageFormat> probe(Storage storage) throws IOException {
    Optional<ImageFormat> known = storage.comesInOrder() ? byHead(storage) : Optional.empty();
    if (known.isPresent()) {
      return known;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(ImageFormat.HEAD_BYTES, 4096);
      return probe(storage, buffer.asSlice(0, storage.read(0, buffer)).asReadOnly());
    }
  }

  /**
   * The format that a storage has whatever its end may be, by its head; empty: all of it must be
   * there to tell.
   */
  public Optional<ImageFormat> byHead(Storage storage) throws IOException {
    MemorySegment head = MemorySegment.ofArray(new byte[ImageFormat.HEAD_BYTES]);
    head = head.asSlice(0, storage.read(0, head)).asReadOnly();
    SegmentStorage start = new SegmentStorage(storage.name(), head);
    ImageFormat best = null;
    int strength = ImageFormat.TOLD_BY_TAIL;
    for (ImageFormat format : formats) {
      int found = format.probe(start, head);
      if (found > strength) {
        best = format;
        strength = found;
      }
    }
    return Optional.ofNullable(best).filter(format -> !format.holdsDisks());
  }

  /**
   * The format that a stream has by its beginning; what only a file's tail tells is told by {@link
   * #probeEnds} once the stream was read.
   */
  public Optional<ImageFormat> probe(StreamSource source) throws IOException {
    MemorySegment head = source.head(ImageFormat.HEAD_BYTES);
    return probe(new SegmentStorage(source.name(), head), head);
  }

  /**
   * The format of a stream that has been read.
   *
   * @param head what {@link StreamSource#head} answered for its beginning, copied
   */
  public Optional<ImageFormat> probeEnds(StreamSource read, MemorySegment head) throws IOException {
    return probe(new EndsStorage(read.name(), head, read.tail(), read.position()), head);
  }

  private Optional<ImageFormat> probe(Storage storage, MemorySegment head) throws IOException {
    ImageFormat best = null;
    int strength = ImageFormat.NO_MATCH;
    for (ImageFormat format : formats) {
      int found = format.probe(storage, head);
      boolean ours =
          found == ImageFormat.TOLD_BY_TAIL || found == ImageFormat.LIKE_RAW || format.holdsDisks();
      if (found > strength && (tails || !ours)) {
        best = format;
        strength = found;
      }
    }
    if (strength <= ImageFormat.LIKE_ANYTHING) {
      Optional<Sign> sign = Sign.of(storage, head);
      if (sign.isPresent() && tails) {
        return Optional.of(new UnreadFormat(sign.get()));
      }
    }
    return Optional.ofNullable(best);
  }
}
