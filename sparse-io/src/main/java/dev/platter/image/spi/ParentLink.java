package dev.platter.image.spi;

import dev.platter.image.DiskImage;
import dev.platter.image.IllegalOptionException;
import dev.platter.image.ParentReference;
import dev.platter.image.UnsupportedFeatureException;
import java.io.IOException;
import java.util.Optional;

/**
 * How an image that is changed in place is tied to the image below it: asked for by {@link
 * ImageEditor#parentLink}. Every operation counts at once or not at all, as those of the editor do;
 * none moves a guest byte, and none tells images above that the disk has changed.
 */
public interface ParentLink {
  /**
   * The image that is to be below.
   *
   * @param reference how it is named and which format it has
   * @param image the image itself, open, for formats that record which image their parent was;
   *     empty: it was not opened, and such formats refuse. It stays the caller's
   */
  record NewParent(ParentReference reference, Optional<DiskImage> image) {}

  /**
   * Whether the image stores the parent's name. Where it does not, the parent must lie in the
   * image's own directory, to be found again by what the image knows of it.
   */
  default boolean storesName() {
    return true;
  }

  /**
   * Makes sure that {@link #set} would not refuse.
   *
   * @throws IllegalOptionException if the format has no such parent, or no room for its name
   * @throws UnsupportedFeatureException if this image cannot have it
   */
  void check(Optional<NewParent> parent) throws IOException;

  /**
   * Says that another image is below from now on, or none. What is stored stays what it is, so that
   * all that is not shows the new parent.
   *
   * @throws IllegalOptionException as {@link #check}
   */
  void set(Optional<NewParent> parent) throws IOException;

  /**
   * Notes which content the image below has, after that was written to; for formats that record it,
   * and do not open over another. How the image is named stays as it is.
   *
   * @param parent the image below, opened after the change. It stays the caller's
   */
  default void renew(DiskImage parent) throws IOException {}

  /**
   * Forgets everything that the image itself stores of its present disk, so that the parent shows
   * through everywhere, and gives the space back. Internal snapshots stay. The parent holds the
   * same, so that the disk is what it was wherever this breaks off.
   *
   * @throws UnsupportedFeatureException if this image has no way of doing so; nothing has changed
   *     then
   */
  void empty() throws IOException;

  /** Makes sure that {@link #empty} would not refuse. */
  void checkEmpty() throws IOException;
}
