package dev.platter.codec;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Deflate and zlib streams, decoded by libdeflate. */
final class LibdeflateDecoder implements Decoder {
  private final Encoding encoding;
  private final MemorySegment consumed = Arena.ofAuto().allocate(JAVA_LONG);
  private final Scratch sources = new Scratch();
  private final Scratch targets = new Scratch();
  private MemorySegment decompressor = Libdeflate.newDecompressor();

  LibdeflateDecoder(Encoding encoding) {
    this.encoding = encoding;
  }

  @Override
  public int decode(MemorySegment source, MemorySegment target) throws CodecException {
    if (decompressor == null) {
      throw new IllegalStateException("closed");
    }
    MemorySegment room = targets.roomFor(target);
    int result =
        Libdeflate.decompress(
            encoding == Encoding.ZLIB, decompressor, sources.copyOf(source), room, consumed);
    switch (result) {
      case Libdeflate.SUCCESS -> {}
      case Libdeflate.BAD_DATA -> throw Damage.corrupt(encoding, source);
      case Libdeflate.SHORT_OUTPUT -> throw Damage.tooShort(encoding, target);
      case Libdeflate.INSUFFICIENT_SPACE -> throw Damage.tooLong(encoding, target);
      default -> throw new IllegalStateException("libdeflate result " + result);
    }
    if (!target.isNative()) {
      target.copyFrom(room);
    }
    return Math.toIntExact(consumed.get(JAVA_LONG, 0));
  }

  @Override
  public void close() {
    if (decompressor != null) {
      Libdeflate.freeDecompressor(decompressor);
      decompressor = null;
    }
  }
}
