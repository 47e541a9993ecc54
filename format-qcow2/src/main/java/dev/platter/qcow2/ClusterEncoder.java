package dev.platter.qcow2;

import dev.platter.codec.Codecs;
import dev.platter.codec.Encoder;
import dev.platter.codec.Encoding;
import dev.platter.image.BlockEncoder;
import java.lang.foreign.MemorySegment;

/** Compresses clusters; one that does not shrink by at least a byte is stored as it is. */
final class ClusterEncoder implements BlockEncoder {
  /** What stands around the deflate stream in a zlib stream (RFC 1950), bytes. */
  private static final int ZLIB_HEADER = 2;

  private static final int ZLIB_TRAILER = 4;

  private final Encoding encoding;
  private final Encoder encoder;
  private final int maxStored;

  ClusterEncoder(Qcow2Options options) {
    encoding = options.compression();
    encoder = Codecs.newEncoder(encoding, options.compressionLevel());
    maxStored = options.clusterSize() - 1;
  }

  @Override
  public int maxStoredLength() {
    return maxStored;
  }

  @Override
  public int encode(long offset, MemorySegment block, MemorySegment target) {
    int length = encoder.encode(block, target.asSlice(0, maxStored));
    return length == Encoder.DOES_NOT_FIT ? STORE_PLAIN : length;
  }

  @Override
  public int adopt(
      long offset, Encoding from, MemorySegment stream, MemorySegment block, MemorySegment target) {
    MemorySegment own = stream;
    if (from == Encoding.ZLIB && encoding == Encoding.DEFLATE) {
      own = withoutEnvelope(stream);
    } else if (from != encoding) {
      return encode(offset, block, target);
    }
    if (own.byteSize() > maxStored) {
      return STORE_PLAIN;
    }
    MemorySegment.copy(own, 0, target, 0, own.byteSize());
    return (int) own.byteSize();
  }

  /**
   * A zlib stream is a deflate stream with a header before it and a checksum behind. (A preset
   * dictionary would make the header longer; such a stream does not decode, so none comes here.)
   */
  private static MemorySegment withoutEnvelope(MemorySegment zlib) {
    return zlib.asSlice(ZLIB_HEADER, zlib.byteSize() - ZLIB_HEADER - ZLIB_TRAILER);
  }

  @Override
  public void close() {
    encoder.close();
  }
}
