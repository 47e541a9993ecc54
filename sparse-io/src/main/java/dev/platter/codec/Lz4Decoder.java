package dev.platter.codec;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import net.jpountz.lz4.LZ4Exception;
import net.jpountz.lz4.LZ4Factory;
import net.jpountz.lz4.LZ4FastDecompressor;

/**
 * LZ4 blocks, decoded in pure Java: nothing to unpack, and every access checked. The block has no
 * end mark of its own: it ends where the target is full.
 */
final class Lz4Decoder implements Decoder {
  private final LZ4FastDecompressor decompressor = LZ4Factory.safeInstance().fastDecompressor();

  @Override
  public int decode(MemorySegment source, MemorySegment target) throws CodecException {
    ByteBuffer room = target.asByteBuffer();
    try {
      return decompressor.decompress(source.asByteBuffer(), 0, room, 0, room.capacity());
    } catch (LZ4Exception | IndexOutOfBoundsException e) {
      throw new CodecException(
          "lz4 block is damaged or does not decode to "
              + target.byteSize()
              + " bytes: "
              + e.getMessage());
    }
  }

  @Override
  public void close() {}
}
