package dev.platter.codec;

import java.lang.foreign.MemorySegment;

/** Deflate and zlib streams, encoded by libdeflate. */
final class LibdeflateEncoder implements Encoder {
  private final boolean zlib;
  private final Scratch sources = new Scratch();
  private final Scratch targets = new Scratch();
  private MemorySegment compressor;

  LibdeflateEncoder(Encoding encoding, int level) {
    zlib = encoding == Encoding.ZLIB;
    compressor = Libdeflate.newCompressor(level);
  }

  @Override
  public int encode(MemorySegment source, MemorySegment target) {
    if (compressor == null) {
      throw new IllegalStateException("closed");
    }
    MemorySegment room = targets.roomFor(target);
    long length = Libdeflate.compress(zlib, compressor, sources.copyOf(source), room);
    if (length == 0) {
      return DOES_NOT_FIT;
    }
    if (!target.isNative()) {
      MemorySegment.copy(room, 0, target, 0, length);
    }
    return Math.toIntExact(length);
  }

  @Override
  public void close() {
    if (compressor != null) {
      Libdeflate.freeCompressor(compressor);
      compressor = null;
    }
  }
}
