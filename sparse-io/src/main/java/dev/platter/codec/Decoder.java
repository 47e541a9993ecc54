package dev.platter.codec;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * Decompresses one block at a time. One decoder belongs to one thread; both segments belong to the
 * caller.
 */
public interface Decoder extends Closeable {
  /**
   * Decodes one block: fills {@code target} exactly. Bytes of {@code source} after the end of the
   * stream are allowed and left alone (qcow2 knows a compressed cluster's length only in whole
   * sectors).
   *
   * @return the number of bytes of {@code source} that the stream took
   * @throws CodecException if the stream is damaged, or decodes to fewer or more bytes than {@code
   *     target} holds
   */
  int decode(MemorySegment source, MemorySegment target) throws IOException;

  /** Gives native state back. */
  @Override
  void close();
}
