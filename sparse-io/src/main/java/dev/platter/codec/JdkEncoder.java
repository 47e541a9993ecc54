package dev.platter.codec;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.zip.Deflater;

/** Deflate and zlib streams, encoded by the JDK's zlib, for platforms without libdeflate. */
final class JdkEncoder implements Encoder {
  private final Deflater deflater;

  JdkEncoder(Encoding encoding, int level) {
    deflater =
        new Deflater(Math.min(level, Deflater.BEST_COMPRESSION), encoding == Encoding.DEFLATE);
  }

  @Override
  public int encode(MemorySegment source, MemorySegment target) {
    deflater.reset();
    deflater.setInput(source.asByteBuffer());
    deflater.finish();
    ByteBuffer room = target.asByteBuffer();
    while (room.hasRemaining() && !deflater.finished()) {
      deflater.deflate(room);
    }
    return deflater.finished() ? room.position() : DOES_NOT_FIT;
  }

  @Override
  public void close() {
    deflater.end();
  }
}
