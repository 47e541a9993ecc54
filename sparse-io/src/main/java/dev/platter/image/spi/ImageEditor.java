package dev.platter.image.spi;

import dev.platter.image.Fault;
import dev.platter.image.IllegalOptionException;
import dev.platter.image.ImageInfo;
import dev.platter.image.Repair;
import dev.platter.image.RepairReport;
import dev.platter.image.UnsupportedFeatureException;
import java.io.Closeable;
import java.io.IOException;
import java.util.Optional;

/**
 * An image that is being changed in place, one operation after the other, by one thread at a time.
 *
 * <p>Each operation brings its writes into such an order, with {@link
 * dev.platter.storage.WritableStorage#sync} between them where the order counts, that the image
 * opens after a crash at any point and its disk is as it was before or as it was to be: data before
 * the table that points to it, tables before the header. Space may be lost that way ("leaked"),
 * guest bytes never, and a check finds nothing worse. After an exception the editor has given back
 * what it had begun to take, as far as the medium let it, and can only be closed.
 *
 * <p>What a format cannot do ends in an {@link UnsupportedFeatureException}, before anything is
 * changed. Nothing is written unless an operation is called. Closing an editor leaves the storage
 * it was opened from to whoever opened that.
 */
public interface ImageEditor extends Closeable {
  /** What the image says of itself at present. */
  ImageInfo info() throws IOException;

  /**
   * Makes the disk larger, what is new reading as zeros, or smaller: what lies beyond the new end
   * is lost, and whether that is meant is for the caller to ask. When this throws, the disk has the
   * size and the bytes that it had, as far as the medium let it.
   *
   * @return what kept the image from giving back all the space that a disk of the new size does not
   *     need, which a check then tells as leaked; empty: nothing did
   * @throws IllegalOptionException if the format has no disk of this size, or not this way of
   *     setting space aside
   */
  default Optional<IOException> resize(ResizeRequest request) throws IOException {
    throw lacking("resized");
  }

  /**
   * Checks the image and puts right what it can.
   *
   * @return what was found, what was put right, and what a check finds now
   */
  default RepairReport repair(Repair extent) throws IOException {
    throw lacking("repaired");
  }

  /**
   * Gives back the space of blocks that hold only zeros or belong to nothing, and closes the gaps.
   * The disk stays what it is.
   *
   * @return bytes that the image takes less of its medium than before
   */
  default long compact() throws IOException {
    throw lacking("compacted");
  }

  /** The link to the image below; empty where the format has none. */
  default Optional<ParentLink> parentLink() throws IOException {
    return Optional.empty();
  }

  /** The internal snapshots; empty where the format has none. */
  default Optional<Snapshots> snapshots() throws IOException {
    return Optional.empty();
  }

  /** The options that can be changed afterwards; empty where there are none. */
  default Optional<Amendment> amendment() throws IOException {
    return Optional.empty();
  }

  /** The dirty bitmaps; empty where the format has none. */
  default Optional<Bitmaps> bitmaps() throws IOException {
    return Optional.empty();
  }

  private UnsupportedFeatureException lacking(String what) throws IOException {
    return Fault.ofFormat(info().format())
        .unsupported("images of this format cannot be " + what + " in place");
  }
}
