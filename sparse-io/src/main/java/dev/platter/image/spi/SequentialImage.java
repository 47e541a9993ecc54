package dev.platter.image.spi;

import dev.platter.image.Extent;
import dev.platter.image.ImageException;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * An image that is read from front to back, once, because its file cannot be read in any other way:
 * from a pipe, or out of a compression. For one thread at a time. Closing it leaves the source to
 * whoever opened that.
 */
public interface SequentialImage extends Closeable {
  /** The size of the guest disk in bytes, where that is known before its end. */
  OptionalLong size();

  /**
   * The next run of the guest disk, which begins where the one before ended.
   *
   * @param buffer takes the bytes where the run is data, as many of them as it can; good for the
   *     extent until the caller uses it again. Not empty, and a multiple of 512 bytes
   * @return empty at the end of the disk; all of the source has been read then and found sound
   * @throws ImageException if it is damaged or cut off
   */
  Optional<Extent> next(MemorySegment buffer) throws IOException;

  @Override
  void close() throws IOException;
}
