package dev.platter.image.spi;

import dev.platter.codec.Encoding;
import dev.platter.image.IllegalOptionException;
import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * A new image in the making. It decides where bytes go and keeps the books; whoever drives it
 * reads, compresses and writes, on as many threads as it likes. Because places are handed out in
 * guest order, the same input gives the same bytes whatever the number of threads.
 */
public interface ImageWriter extends Closeable {
  /**
   * The unit that chunks are made of, and what is compressed at a time, bytes. Whoever drives the
   * writer holds at least that much data in memory, several times over; the unit in which the new
   * image allocates may be larger.
   */
  int blockSize();

  /**
   * The smallest unit, bytes, in which the new image can say data, zero or absent; divides {@link
   * #blockSize()}. Finer zeros inside data may still be passed as zero pieces when {@link
   * #sparseData()} says so.
   */
  int granularity();

  /**
   * Whether zero pieces finer than the granularity (down to 512 bytes) may stand beside data: the
   * writer leaves those bytes unwritten on a target that reads as zeros, so that the host file
   * stays sparse.
   */
  default boolean sparseData() {
    return false;
  }

  /**
   * The unit, bytes, in which it counts where zeros are: tables and places are the same whether
   * zeros finer than that, on a disk all of which is held, are passed as zeros or as data. A
   * multiple of {@link #granularity()} that divides {@link #blockSize()}.
   */
  default int zeroUnit() {
    return granularity();
  }

  /**
   * The longest run of zeros that a chunk may hold, bytes, no less than {@link #blockSize()}: what
   * a chunk leads to is in memory at once, so a writer that sets something down for each block of
   * zeros takes a part of them at a time. Any length where zeros are no work.
   */
  default long longestZeros() {
    return Long.MAX_VALUE;
  }

  /** As {@link #longestZeros()}, of a run that holds nothing, so that a parent shows through. */
  default long longestAbsent() {
    return Long.MAX_VALUE;
  }

  /**
   * The length of the image's file, bytes, were every block of the disk stored; empty where that
   * can only be told by laying it out.
   */
  default OptionalLong fullLength() {
    return OptionalLong.empty();
  }

  /**
   * The length of the image's file, bytes, where that is known before the disk is: for who takes
   * bytes in order, and wants to know how many.
   */
  default OptionalLong knownLength() {
    return OptionalLong.empty();
  }

  /** A new encoder for one worker, when this image compresses; empty when it does not. */
  default Optional<BlockEncoder> newEncoder() {
    return Optional.empty();
  }

  /**
   * The encodings in which an existing compressed block of {@link #blockSize()} bytes may be
   * adopted as it is.
   */
  default Set<Encoding> adopts() {
    return Set.of();
  }

  /** Whether guest bytes are stored encrypted. */
  default boolean encrypts() {
    return false;
  }

  /**
   * Hands out places for a chunk. Called by one thread at a time, in ascending order, chunk after
   * chunk from offset 0 to the end of the disk without gaps; bookkeeping only, no I/O. The
   * placements may include tables that this chunk completed. On a sequential target they are in the
   * order in which they must be written.
   */
  List<Placement> reserve(Chunk chunk) throws IOException;

  /**
   * Tells where the disk ends, to a writer that was made with {@link CreateRequest#UNKNOWN_SIZE}:
   * once, before the last chunk is reserved, or after it if that was a whole one.
   *
   * @throws IllegalOptionException if the format holds no disk of this size
   */
  default void endAt(long size) throws IOException {
    throw new IllegalStateException("the size of the disk is known already");
  }

  /**
   * Writes what remains of the tables, then the header, last: only now is it an image. All
   * placements are done.
   */
  void finish() throws IOException;

  /**
   * Where the image is not quite what was asked for, and whoever made it should know: one line
   * each.
   */
  default List<String> notes() {
    return List.of();
  }

  /** Gives up memory. Without {@link #finish()} before it, what was written is no image. */
  @Override
  void close() throws IOException;
}
