package dev.platter.image;

import java.io.IOException;

/**
 * Where the bytes of one guest disk are. A point query without state: any thread may ask anywhere
 * at any time, and a map costs what is asked of it, not what it could hold.
 */
public interface BlockMap {
  /** The size of the guest disk in bytes. */
  long size();

  /**
   * The unit in which this map allocates, in bytes (a cluster, grain or block); 1 where there is
   * none.
   */
  int blockSize();

  /**
   * What is at {@code offset}. The extent begins there, ends at {@code limit} at the latest, and
   * reaches as far as one cheap answer can: neighbours that are contiguous on the host are joined.
   *
   * @param offset a guest offset, less than {@code limit}
   * @param limit at most {@link #size()}
   * @throws CorruptImageException if what the image says there cannot be true
   */
  Extent extentAt(long offset, long limit) throws IOException;
}
