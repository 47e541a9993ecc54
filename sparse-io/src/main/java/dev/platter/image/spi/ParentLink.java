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
 * none moves a guest byte.
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
   * Forgets everything that the image itself stores of its present disk, so that the parent shows
   * through everywhere, and gives the space back. Internal snapshots stay.
   *
   * @return false if the format has no way of doing so; nothing has changed then
   */
  default boolean empty() throws IOException {
    return false;
  }
}
