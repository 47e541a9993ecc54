package dev.platter.image.spi;

import dev.platter.image.FormatOptions;
import dev.platter.image.Identity;
import dev.platter.image.Limits;
import dev.platter.image.Reference;
import dev.platter.image.ReferenceDeniedException;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.time.Instant;
import java.util.Optional;

/**
 * What a format needs to change an image in place.
 *
 * @param limits bounds on what the image may ask for
 * @param outside opens the outside files that hold the image's own bytes, under the {@link
 *     ReferencePolicy}
 * @param identity where new identifiers and timestamps come from
 * @param options how the image is to be understood, of {@link ImageFormat#openOptions()}
 * @param content what becomes of the disk as it shows
 */
public record EditRequest(
    Limits limits,
    OutsideFiles outside,
    Identity identity,
    FormatOptions options,
    Content content) {
  /** A disk whose content is about to change. */
  public EditRequest(
      Limits limits, OutsideFiles outside, Identity identity, FormatOptions options) {
    this(limits, outside, identity, options, Content.CHANGES);
  }

  /** An image that says itself how it is to be understood. */
  public EditRequest(Limits limits, OutsideFiles outside, Identity identity) {
    this(limits, outside, identity, FormatOptions.none());
  }

  /** What becomes of the disk as it shows to a guest, and to images above. */
  public enum Content {
    /** It changes; a format that tells images above by an identifier changes that. */
    CHANGES,
    /** What is written is what showed there before, so that images above still fit. */
    STAYS
  }

  /** The same for a disk of which this becomes. */
  public EditRequest with(Content other) {
    return new EditRequest(limits, outside, identity, options, other);
  }

  /** Opens what an image names, for writing; the caller of {@link #open} owns the result. */
  @FunctionalInterface
  public interface OutsideFiles {
    /**
     * @throws ReferenceDeniedException if the policy says no
     */
    WritableStorage open(Reference reference) throws IOException;
  }

  /** No outside files, default limits, identifiers that depend on nothing: for tests. */
  public static EditRequest strict() {
    return new EditRequest(
        Limits.DEFAULT,
        reference -> {
          throw reference.denied("outside files are not allowed");
        },
        Identity.seeded("edit", Instant.EPOCH));
  }

  /** The same for opening the image to read it. */
  public OpenRequest toRead() {
    return new OpenRequest(limits, outside::open, Optional.empty(), options);
  }
}
