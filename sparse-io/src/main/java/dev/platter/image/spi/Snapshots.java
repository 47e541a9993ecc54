package dev.platter.image.spi;

import dev.platter.image.Snapshot;
import dev.platter.image.UnsupportedFeatureException;
import java.io.IOException;
import java.time.Instant;

/**
 * The internal snapshots of an image that is changed in place: asked for by {@link
 * ImageEditor#snapshots}; {@link dev.platter.image.ImageInfo#snapshots} lists them. Every operation
 * counts at once or not at all, as those of the editor do.
 */
public interface Snapshots {
  /**
   * Keeps the disk as it is now under a name, which others may have, too.
   *
   * @param date when that is; told with the snapshot
   * @throws UnsupportedFeatureException if there can be no more, or none of this image
   */
  void create(String name, Instant date) throws IOException;

  /**
   * Makes the disk what it was when the snapshot was taken, its size included. What the disk is now
   * is lost; the snapshot stays.
   */
  void apply(Snapshot snapshot) throws IOException;

  /** Forgets a snapshot and gives back the space that nothing else needs. */
  void delete(Snapshot snapshot) throws IOException;
}
