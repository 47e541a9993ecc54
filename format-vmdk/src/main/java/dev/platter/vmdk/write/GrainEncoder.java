package dev.platter.vmdk.write;

import dev.platter.codec.Codecs;
import dev.platter.codec.Encoder;
import dev.platter.codec.Encoding;
import dev.platter.codec.ZlibEnvelope;
import dev.platter.image.Sizes;
import dev.platter.image.spi.BlockEncoder;
import dev.platter.vmdk.format.Marker;
import dev.platter.vmdk.format.SparseHeader;
import java.lang.foreign.MemorySegment;
import java.util.OptionalInt;

/**
 * Makes compressed grains: marker, zlib stream, zeros up to the end of the sector. All grains are
 * compressed, also those that do not shrink: there is no other kind in a stream-optimized file.
 */
final class GrainEncoder implements BlockEncoder {
  private final Encoder encoder;
  private final int maxStream;

  GrainEncoder(int grainSize, OptionalInt level) {
    encoder = Codecs.newEncoder(Encoding.ZLIB, level);
    maxStream = maxStreamFor(grainSize);
  }

  /** More than what deflate adds to bytes that it cannot make smaller. */
  private static int maxStreamFor(int grainSize) {
    return grainSize + grainSize / 64 + 64;
  }

  /** The most that a stored grain takes, bytes. */
  static int maxStoredFor(int grainSize) {
    return (int) Sizes.roundUp(Marker.GRAIN_LENGTH + maxStreamFor(grainSize), SparseHeader.SECTOR);
  }

  @Override
  public int maxStoredLength() {
    return (int) Sizes.roundUp(Marker.GRAIN_LENGTH + maxStream, SparseHeader.SECTOR);
  }

  @Override
  public int encode(long offset, MemorySegment block, MemorySegment target) {
    int length = encoder.encode(block, target.asSlice(Marker.GRAIN_LENGTH, maxStream));
    if (length == Encoder.DOES_NOT_FIT) {
      throw new IllegalStateException(
          "deflate made more than " + maxStream + " bytes of " + block.byteSize());
    }
    return complete(offset, length, target);
  }

  @Override
  public int adopt(
      long offset,
      Encoding encoding,
      MemorySegment stream,
      MemorySegment block,
      MemorySegment target) {
    int length = (int) stream.byteSize();
    if (encoding == Encoding.ZLIB && length <= maxStream) {
      MemorySegment.copy(stream, 0, target, Marker.GRAIN_LENGTH, length);
      return complete(offset, length, target);
    }
    if (encoding == Encoding.DEFLATE && length + ZlibEnvelope.LENGTH <= maxStream) {
      MemorySegment room = target.asSlice(Marker.GRAIN_LENGTH);
      return complete(offset, ZlibEnvelope.wrap(stream, block, room), target);
    }
    return encode(offset, block, target);
  }

  private static int complete(long offset, int length, MemorySegment target) {
    Marker.writeGrain(offset / SparseHeader.SECTOR, length, target);
    int used = Marker.GRAIN_LENGTH + length;
    int stored = (int) Sizes.roundUp(used, SparseHeader.SECTOR);
    target.asSlice(used, stored - used).fill((byte) 0);
    return stored;
  }

  @Override
  public void close() {
    encoder.close();
  }
}
