package dev.platter.qcow2.write;

import dev.platter.codec.Codecs;
import dev.platter.codec.Encoder;
import dev.platter.codec.Encoding;
import dev.platter.codec.ZlibEnvelope;
import dev.platter.image.spi.BlockEncoder;
import java.lang.foreign.MemorySegment;
import java.util.OptionalInt;

/** Compresses clusters; one that does not shrink by at least a byte is stored as it is. */
public final class ClusterEncoder implements BlockEncoder {
  private final Encoding encoding;
  private final Encoder encoder;
  private final int maxStored;

  ClusterEncoder(Qcow2Options options) {
    this(options.compression(), options.compressionLevel(), options.clusterSize());
  }

  /**
   * @param encoding {@link Encoding#DEFLATE} or {@link Encoding#ZSTD}
   * @param level in the encoding's own scale; empty: the usual
   */
  public ClusterEncoder(Encoding encoding, OptionalInt level, int clusterSize) {
    this.encoding = encoding;
    this.encoder = Codecs.newEncoder(encoding, level);
    this.maxStored = clusterSize - 1;
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
      own = ZlibEnvelope.unwrap(stream);
    } else if (from != encoding) {
      return encode(offset, block, target);
    }
    if (own.byteSize() > maxStored) {
      return STORE_PLAIN;
    }
    MemorySegment.copy(own, 0, target, 0, own.byteSize());
    return (int) own.byteSize();
  }

  @Override
  public void close() {
    encoder.close();
  }
}
