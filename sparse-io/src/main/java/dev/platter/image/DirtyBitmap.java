package dev.platter.image;

import java.io.IOException;

/**
 * Which parts of a disk have been written to since some moment, as an image keeps it for backups of
 * what changed. Any thread may ask while the image it is of is open.
 */
public interface DirtyBitmap {
  /** The name under which the image keeps it; no other bitmap of the image has it. */
  String name();

  /** The bytes of the disk that are marked together; a power of two. */
  long granularity();

  /**
   * Whether the part at {@code offset} is dirty, and where that ends. The work is bounded: what
   * follows the run may be the same still.
   *
   * @param offset a guest offset before {@code limit}
   * @param limit where the run ends at the latest; not past the end of the disk
   */
  Run runAt(long offset, long limit) throws IOException;

  /** A run that is dirty or is not, up to the guest offset {@code end}. */
  record Run(long end, boolean isDirty) {}
}
