package dev.platter.image.spi;

import dev.platter.image.BlockMap;
import dev.platter.image.DiskImage;
import dev.platter.image.Fault;
import dev.platter.image.FormatOptions;
import dev.platter.image.IllegalOptionException;
import dev.platter.image.ImageException;
import dev.platter.image.ImageInfo;
import dev.platter.image.Measurement;
import dev.platter.image.OptionSpec;
import dev.platter.image.UnsupportedFeatureException;
import dev.platter.storage.Storage;
import dev.platter.storage.StreamSource;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * One disk-image format: stateless, found by {@link java.util.ServiceLoader}. Adding a format means
 * adding a module that provides this interface, and touching nothing else.
 */
public interface ImageFormat {
  /** How many bytes of a file's head {@link #probe} is given, fewer where the file is shorter. */
  int HEAD_BYTES = 2048 * 20;

  /**
   * The strength of a match that rests on the tail of a file alone, which a guest may have written:
   * see {@link ImageFormats#withoutTails()}.
   */
  int TOLD_BY_TAIL = 50;

  /**
   * The strength of a match of what to qemu-img is a raw disk, and deserves a better name: see
   * {@link ImageFormats#withoutTails()}.
   */
  int LIKE_RAW = 40;

  /**
   * The strength of a match that anything would be. What matches no better may be wrapped in a
   * compression: see {@code Unwrapping}.
   */
  int LIKE_ANYTHING = 1;

  /** No sign of this format. */
  int NO_MATCH = 0;

  /** The format's name as qemu-img says it. */
  String name();

  /** The format's name in the Image API, where that is another one. */
  default String apiName() {
    return name();
  }

  /** Other names that mean this format. */
  default List<String> aliases() {
    return List.of();
  }

  /**
   * Whether this is a container around disks of other formats, from which {@link
   * OpenRequest#disk()} chooses. Such an image opens without a choice, too, and tells of its disks;
   * its map is refused if there are several.
   */
  default boolean holdsDisks() {
    return false;
  }

  /**
   * Whether a file of this format is the disk's bytes and nothing else. Those who share such a file
   * disturb only each other's bytes; what others do to an image's tables is fatal.
   */
  default boolean isPlain() {
    return false;
  }

  /**
   * The name of the file by which an image is opened that is a directory; empty where images are
   * files.
   */
  default Optional<String> directoryFile() {
    return Optional.empty();
  }

  /**
   * How sure this format is that the storage holds it: {@link #NO_MATCH} to 100; the highest wins.
   * Never throws for what the bytes say; reads nothing but the head, unless a format can only be
   * told by its tail.
   */
  int probe(Storage storage, MemorySegment head) throws IOException;

  /**
   * What may be said, on opening an image, of how it is to be understood: {@link
   * OpenRequest#options()}.
   */
  default List<OptionSpec> openOptions() {
    return List.of();
  }

  /** Which of these may also be said of an image that is changed: {@link EditRequest#options()}. */
  default List<OptionSpec> editOptions() {
    return List.of();
  }

  /**
   * Opens an image. The storage stays the caller's and must outlive the image.
   *
   * @throws ImageException if this is not such an image, or a damaged or unsupported one
   */
  DiskImage open(Storage storage, OpenRequest request) throws IOException;

  /** Whether images of this format are made, too: {@link #create}. */
  default boolean isMade() {
    return true;
  }

  /**
   * Opens an image to change it in place. The storage stays the caller's and must outlive the
   * editor.
   *
   * @throws UnsupportedFeatureException if images of this format cannot be changed in place
   * @throws ImageException if this is not such an image, or one too damaged to be opened
   */
  default ImageEditor edit(WritableStorage storage, EditRequest request) throws IOException {
    throw Fault.in(name(), storage.name())
        .unsupported("images of this format cannot be changed in place");
  }

  /**
   * Opens an image to write to its disk while that is in use. The storage stays the caller's and
   * must outlive the image; nobody else changes it meanwhile. What a crash has left undone may be
   * put right before this returns.
   *
   * @throws UnsupportedFeatureException if images of this format, or with what this one has, cannot
   *     be written to
   * @throws ImageException if this is not such an image, or a damaged one, which is to be repaired
   *     first
   */
  default LiveImage openLive(WritableStorage storage, EditRequest request) throws IOException {
    throw Fault.in(name(), storage.name()).unsupported("disks of this format cannot be written to");
  }

  /**
   * Opens an image of which each byte comes once, in order. What the format cannot read so is read
   * from a file to which the stream is copied first.
   *
   * @param source stays the caller's and must outlive the image
   * @return empty if this image can not be read in order; only {@link StreamSource#head} was looked
   *     at then
   * @throws ImageException if this is not such an image, or a damaged or unsupported one
   */
  default Optional<SequentialImage> openSequential(StreamSource source, OpenRequest request)
      throws IOException {
    return Optional.empty();
  }

  /**
   * The options that {@link #create} knows, {@code size}, {@code backing_file} and {@code
   * backing_fmt} among them where they apply, in the order in which {@code create} tells them
   * (qemu-img's; help sorts them by name).
   */
  default List<OptionSpec> createOptions() {
    return List.of();
  }

  /**
   * The options that can be changed afterwards, by {@link Amendment}, in the order in which help
   * lists them.
   */
  default List<OptionSpec> amendOptions() {
    return List.of();
  }

  /**
   * The one of these options that tells the size of the sectors that the guest sees ({@link
   * DiskImage#sectorSize}); empty: an image of this format cannot say it.
   */
  default Optional<String> sectorSizeOption() {
    return Optional.empty();
  }

  /**
   * The options with which an image is made that goes to others as a stream, and that all who read
   * this format take.
   */
  default FormatOptions uploadOptions() {
    return FormatOptions.none();
  }

  /**
   * How large the disk of a new image made with these options is of which {@code size} bytes are
   * asked for: that or more. More is told only of what {@link #create} would not refuse.
   */
  default long diskSize(long size, FormatOptions options) {
    return size;
  }

  /**
   * Begins a new image: checks all options before the target is touched.
   *
   * @throws IllegalOptionException if the options do not fit each other or the size
   * @throws UnsupportedFeatureException if images of this format are only read
   */
  default ImageWriter create(CreateRequest request) throws IOException {
    throw Fault.ofFormat(name()).unsupported("images of this format are only read");
  }

  /**
   * Whether an image made with these options is written from front to back, so that it can go into
   * a pipe without being kept in a file first.
   */
  default boolean writesInOrder(FormatOptions options) {
    return false;
  }

  /**
   * Whether an image made with these options is compressed even where that is not asked for, so
   * that its length depends on the bytes.
   */
  default boolean alwaysCompresses(FormatOptions options) {
    return false;
  }

  /**
   * Whether an image made with these options may get its size last: {@link
   * CreateRequest#UNKNOWN_SIZE}.
   */
  default boolean takesSizeLast(FormatOptions options) {
    return false;
  }

  /**
   * Whether an image made with these options can keep dirty bitmaps: its editor then has {@link
   * ImageEditor#bitmaps}.
   */
  default boolean keepsBitmaps(FormatOptions options) {
    return false;
  }

  /**
   * How large a new image would be, all its files together. Unless a format knows better, it is
   * laid out as if it were written, and nothing is.
   *
   * @param source what it would hold; empty: nothing
   * @return empty where the size cannot be told beforehand
   */
  default Optional<Measurement> measure(long size, FormatOptions options, Optional<BlockMap> source)
      throws IOException {
    return Optional.of(new DryRun(this, options).measure(size, source));
  }

  /**
   * How many bytes more a new image would take that gets the dirty bitmaps of another one.
   *
   * @param source what that image says of itself
   * @return empty where images made with these options have no such bitmaps
   */
  default OptionalLong measureBitmaps(FormatOptions options, ImageInfo source) {
    return OptionalLong.empty();
  }
}
