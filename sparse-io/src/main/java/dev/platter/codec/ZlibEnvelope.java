package dev.platter.codec;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * What stands around a deflate stream in a zlib stream (RFC 1950, section 2.2): a header before it
 * and a checksum behind. Any thread may use these methods; they keep nothing.
 */
public final class ZlibEnvelope {
  private static final int HEADER_LENGTH = 2;
  private static final int TRAILER_LENGTH = 4;

  /** How much longer a zlib stream is, bytes. */
  public static final int LENGTH = HEADER_LENGTH + TRAILER_LENGTH;

  /** Deflate with a window of 32 KiB, no dictionary, no word on the level. */
  private static final short HEADER = 0x7801;

  private static final ValueLayout.OfShort BIG_SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfInt BIG_INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  private ZlibEnvelope() {}

  /**
   * Makes a zlib stream of a deflate stream.
   *
   * @param block what the stream decodes to
   * @param target where the zlib stream goes, at least as long as it
   * @return its length: {@link #LENGTH} more than the deflate stream's
   */
  public static int wrap(MemorySegment deflate, MemorySegment block, MemorySegment target) {
    long length = deflate.byteSize();
    target.set(BIG_SHORT, 0, HEADER);
    MemorySegment.copy(deflate, 0, target, HEADER_LENGTH, length);
    target.set(BIG_INT, HEADER_LENGTH + length, Codecs.adler32(block));
    return Math.toIntExact(length + LENGTH);
  }

  /**
   * The deflate stream in a whole zlib stream, that one's memory. The zlib stream has been decoded
   * before, so it needs no preset dictionary, which would make its header longer.
   */
  public static MemorySegment unwrap(MemorySegment zlib) {
    return zlib.asSlice(HEADER_LENGTH, zlib.byteSize() - LENGTH);
  }
}
