package dev.platter.image.spi;

import dev.platter.image.Reference;
import dev.platter.image.ReferenceDeniedException;
import dev.platter.storage.WritableStorage;
import java.io.IOException;

/** Where a new image goes. The target owns its storages; a writer only writes to them. */
public interface Target {
  /** The file of the image itself. Empty, or, where it is written in place, holding old bytes. */
  WritableStorage storage();

  /**
   * Another file of the same image, new and empty.
   *
   * @throws ReferenceDeniedException if the target does not allow it
   */
  WritableStorage outside(Reference reference) throws IOException;

  /** Whether writes must come in ascending order without going back (a pipe). */
  default boolean sequential() {
    return false;
  }

  /**
   * How many bytes the file of the image will have: told before the first one where writes come in
   * order and that is known.
   *
   * @throws IOException if the target cannot have so many
   */
  default void expect(long size) throws IOException {}
}
