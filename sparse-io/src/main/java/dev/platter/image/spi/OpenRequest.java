package dev.platter.image.spi;

import dev.platter.image.FormatOptions;
import dev.platter.image.Limits;
import dev.platter.image.Reference;
import dev.platter.image.ReferenceDeniedException;
import dev.platter.storage.Location;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.util.Optional;

/**
 * What a format needs to open an image.
 *
 * @param limits bounds on what the image may ask for
 * @param outside opens the outside files that hold the image's own bytes, under the {@link
 *     ReferencePolicy}
 * @param disk which disk of a container ({@link ImageFormat#holdsDisks()}) is meant: its name, or
 *     its number from 1 on; empty: the only one. Of no meaning to other formats
 * @param options how the image is to be understood, of {@link ImageFormat#openOptions()}
 */
public record OpenRequest(
    Limits limits, OutsideFiles outside, Optional<String> disk, FormatOptions options) {
  /** An image that says itself how it is to be understood. */
  public OpenRequest(Limits limits, OutsideFiles outside, Optional<String> disk) {
    this(limits, outside, disk, FormatOptions.none());
  }

  /** An image that is one disk, or a container with one. */
  public OpenRequest(Limits limits, OutsideFiles outside) {
    this(limits, outside, Optional.empty());
  }

  /** Opens what an image names; the caller of {@link #open} owns the result. */
  @FunctionalInterface
  public interface OutsideFiles {
    /**
     * @throws ReferenceDeniedException if the policy says no
     */
    Storage open(Reference reference) throws IOException;

    /** Opens for reading what {@code policy} allows. */
    static OutsideFiles reading(ReferencePolicy policy, Location base, StorageOpener opener) {
      return reference -> {
        Storage storage = opener.open(policy.resolve(reference, base));
        try {
          opener.lock(storage, FileUse.Part.OUTSIDE);
          return storage;
        } catch (Throwable e) {
          storage.close();
          throw e;
        }
      };
    }
  }

  /** An image from a stranger: no outside files, default limits. */
  public static OpenRequest strict() {
    return new OpenRequest(
        Limits.DEFAULT,
        reference -> {
          throw reference.denied("outside files are not allowed");
        });
  }
}
