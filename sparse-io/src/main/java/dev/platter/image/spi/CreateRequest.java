package dev.platter.image.spi;

import dev.platter.image.DiskImage;
import dev.platter.image.FormatOptions;
import dev.platter.image.Identity;
import dev.platter.image.ParentReference;
import java.util.Optional;

/**
 * What a new image shall be.
 *
 * @param size the size of the guest disk, bytes; {@link #UNKNOWN_SIZE}: {@link ImageWriter#endAt}
 *     tells it, where the format {@linkplain ImageFormat#takesSizeLast allows} that
 * @param options the format's own options
 * @param compress whether blocks are to be compressed where they shrink
 * @param backing the parent that the image will name; the caller has made sure that it may
 * @param target where it goes
 * @param identity where its identifiers and timestamps come from
 * @param parent the backing image itself, open, for formats that record which image their parent
 *     was; empty: it was not opened, and such formats refuse. It stays the caller's and must be
 *     open while the writer is created, no longer
 */
public record CreateRequest(
    long size,
    FormatOptions options,
    boolean compress,
    Optional<ParentReference> backing,
    Target target,
    Identity identity,
    Optional<DiskImage> parent) {
  /** The source comes in order, and only its end will tell how large it is. */
  public static final long UNKNOWN_SIZE = -1;

  /** The same somewhere else. */
  public CreateRequest into(Target other) {
    return new CreateRequest(size, options, compress, backing, other, identity, parent);
  }

  /** A new image whose parent, if it has one, is not open. */
  public CreateRequest(
      long size,
      FormatOptions options,
      boolean compress,
      Optional<ParentReference> backing,
      Target target,
      Identity identity) {
    this(size, options, compress, backing, target, identity, Optional.empty());
  }

  /** A new image with identifiers of its own. */
  public CreateRequest(
      long size,
      FormatOptions options,
      boolean compress,
      Optional<ParentReference> backing,
      Target target) {
    this(size, options, compress, backing, target, Identity.random());
  }
}
