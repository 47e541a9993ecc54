package dev.platter.convert;

import dev.platter.image.BlockMap;
import dev.platter.image.disk.LayeredMap;
import dev.platter.image.spi.ImageWriter;
import dev.platter.image.spi.SequentialImage;
import dev.platter.storage.SequentialStorage;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Converts: moves all guest bytes of a source to a destination on several threads, the calling
 * thread among them, has the image finished, and lets it appear under its name. All of that is one
 * call, so that no step can be left out. Whatever goes wrong in it, or a cancellation, leaves the
 * destination to be {@linkplain Destination#close closed}, and nothing appears.
 */
public final class Converter {
  /** Zeros in between are sent as data are, in as few writes as can be. */
  private static final int SPARSE_BYTES = 1 << 20;

  private final ConvertOptions options;
  private final Progress progress;
  private final Cancellation cancellation;

  /** Null where none is asked for. */
  private GuestDigest digest;

  /** Tells nobody how far it is, and cannot be cancelled. */
  public Converter(ConvertOptions options) {
    this(options, Progress.NONE, new Cancellation());
  }

  /**
   * @param progress is told how far it is
   * @param cancellation ends it with an exception once it is pulled
   */
  public Converter(ConvertOptions options, Progress progress, Cancellation cancellation) {
    this.options = options;
    this.progress = progress;
    this.cancellation = cancellation;
  }

  /**
   * Makes digests of the disk that is converted, as it passes by: all of it is read then, whatever
   * {@link ConvertOptions#copyOffload()} says. They are {@linkplain GuestDigest#made made} when
   * {@code convert} has returned.
   */
  public Converter digesting(GuestDigest wanted) {
    digest = wanted;
    return this;
  }

  private Tap begin(OptionalLong size) {
    if (digest == null) {
      return Tap.NONE;
    }
    digest.begin(size, cancellation);
    return digest;
  }

  /**
   * Converts a disk.
   *
   * @param source what the guest shall see; with {@link ConvertOptions#keepBacking()} a {@link
   *     LayeredMap}
   * @param destination not used before; stays the caller's to be closed
   * @return where the image is not quite what was asked for, a line each
   * @throws IOException the first error of any worker; the others have stopped then
   */
  public List<String> convert(BlockMap source, Destination destination) throws IOException {
    ImageWriter writer = destination.begin();
    Tap tap = begin(OptionalLong.of(source.size()));
    Optional<Draft> draft = destination.toBeLaidOut(options);
    if (draft.isPresent()) {
      Layout file =
          LayoutWriter.run(source, writer, draft.get(), Layout.MOST_RUNS, options, cancellation);
      if (file.isInGuestOrder()) {
        copy(file, destination.goal(file.size()), tap == Tap.NONE ? tap : file.guest(tap));
      } else {
        copy(file, destination.goal(file.size()), Tap.NONE);
        if (digest != null) {
          digest.takeAll(source, Progress.NONE);
        }
      }
      end(source.size());
      return destination.publish();
    }
    // To a pipe it makes no difference where zeros are.
    ConvertOptions how =
        destination.takesPages() && !options.salvage() ? options.withCopyOffload(true) : options;
    Transfer.run(source, writer, destination.sequential(), how, tap, progress, cancellation);
    end(source.size());
    return destination.complete();
  }

  private void end(long size) throws IOException {
    if (digest != null) {
      digest.end(size);
    }
  }

  private void copy(Layout file, WritableStorage target, Tap tap) throws IOException {
    PlainWriter writer = new PlainWriter(target, file.size());
    boolean takesPages = target instanceof SequentialStorage pipe && pipe.takesPages();
    ConvertOptions plain =
        options.withSparseBytes(SPARSE_BYTES).withCopyOffload(takesPages).withKeepBacking(false);
    Transfer.run(file, writer, true, plain, tap, progress, cancellation);
    writer.finish();
  }

  /**
   * Converts an image that is read only once, in order: without salvaging, copies inside the system
   * and backing, as there is nothing to go back to. If its {@linkplain SequentialImage#size() size}
   * is not known, the destination was made with {@link
   * dev.platter.image.spi.CreateRequest#UNKNOWN_SIZE} and is told here.
   *
   * @param source read to its end; not closed here
   * @param destination as in {@link #convert(BlockMap, Destination)}
   * @return as there
   */
  public List<String> convert(SequentialImage source, Destination destination) throws IOException {
    ImageWriter writer = destination.begin();
    Tap tap = begin(source.size());
    end(
        Transfer.run(
            source, writer, destination.sequential(), options, tap, progress, cancellation));
    return destination.complete();
  }
}
