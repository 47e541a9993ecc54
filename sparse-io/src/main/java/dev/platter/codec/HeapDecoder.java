package dev.platter.codec;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** A decoder that works on arrays, which it keeps for the next block. */
abstract class HeapDecoder implements Decoder {
  private byte[] from = new byte[0];
  private byte[] to = new byte[0];

  @Override
  public final int decode(MemorySegment source, MemorySegment target) throws IOException {
    int sourceLength = Math.toIntExact(source.byteSize());
    int targetLength = Math.toIntExact(target.byteSize());
    from = from.length < sourceLength ? new byte[sourceLength] : from;
    to = to.length < targetLength ? new byte[targetLength] : to;
    MemorySegment.copy(source, ValueLayout.JAVA_BYTE, 0, from, 0, sourceLength);
    int taken = decode(from, sourceLength, to, targetLength);
    MemorySegment.copy(to, 0, target, ValueLayout.JAVA_BYTE, 0, targetLength);
    return taken;
  }

  /**
   * Fills the first bytes of {@code to} with what the stream at the beginning of {@code from}
   * decodes to.
   *
   * @return how many bytes the stream took
   * @throws CodecException if it is damaged, or decodes to fewer or more
   */
  abstract int decode(byte[] from, int sourceLength, byte[] to, int targetLength)
      throws IOException;

  @Override
  public void close() {
    from = new byte[0];
    to = new byte[0];
  }
}
