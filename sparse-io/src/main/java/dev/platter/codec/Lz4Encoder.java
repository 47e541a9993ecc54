package dev.platter.codec;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import net.jpountz.lz4.LZ4Compressor;
import net.jpountz.lz4.LZ4Exception;
import net.jpountz.lz4.LZ4Factory;

/**
 * One bare LZ4 block, encoded in pure Java: levels 1 and 2 the fast way, the rest the thorough way.
 */
final class Lz4Encoder implements Encoder {
  private static final int FIRST_THOROUGH_LEVEL = 3;

  private final LZ4Compressor compressor;

  Lz4Encoder(int level) {
    LZ4Factory factory = LZ4Factory.safeInstance();
    compressor =
        level < FIRST_THOROUGH_LEVEL ? factory.fastCompressor() : factory.highCompressor(level);
  }

  @Override
  public int encode(MemorySegment source, MemorySegment target) {
    ByteBuffer from = source.asByteBuffer();
    ByteBuffer to = target.asByteBuffer();
    try {
      return compressor.compress(from, 0, from.capacity(), to, 0, to.capacity());
    } catch (LZ4Exception e) {
      return DOES_NOT_FIT;
    }
  }

  @Override
  public void close() {}
}
