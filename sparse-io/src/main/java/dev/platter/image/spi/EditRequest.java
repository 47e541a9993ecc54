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
 */
public record EditRequest(
    Limits limits, OutsideFiles outside, Identity identity, FormatOptions options) {
  /** An image that says itself how it is to be understood. */
  public EditRequest(Limits limits, OutsideFiles outside, Identity identity) {
    this(limits, outside, identity, FormatOptions.none());
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
