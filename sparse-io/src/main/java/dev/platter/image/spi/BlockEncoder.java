package dev.platter.image.spi;

import dev.platter.codec.Encoding;
import java.io.Closeable;
import java.lang.foreign.MemorySegment;

/**
 * Brings one block into the form in which its image stores it. Pure CPU; one encoder belongs to one
 * thread.
 */
public interface BlockEncoder extends Closeable {
  /** The block is better stored as it is. */
  int STORE_PLAIN = -1;

  /** How large the stored form can get, bytes. */
  int maxStoredLength();

  /**
   * Encodes one block.
   *
   * @param offset its guest offset
   * @param block exactly one block; what lies past the end of the disk is zero
   * @param target at least {@link #maxStoredLength()} bytes
   * @return the length of the stored form, or {@link #STORE_PLAIN}
   */
  int encode(long offset, MemorySegment block, MemorySegment target);

  /**
   * Brings a block that is already compressed into its stored form without compressing it again.
   *
   * @param stream exactly the compressed stream, verified to decode to {@code block}
   * @return as {@link #encode}
   */
  int adopt(
      long offset,
      Encoding encoding,
      MemorySegment stream,
      MemorySegment block,
      MemorySegment target);

  @Override
  void close();
}
