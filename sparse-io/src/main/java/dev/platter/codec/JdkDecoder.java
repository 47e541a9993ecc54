package dev.platter.codec;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/** Deflate and zlib streams, decoded by the JDK's zlib, for platforms without libdeflate. */
final class JdkDecoder implements Decoder {
  private final Encoding encoding;
  private final Inflater inflater;
  private final ByteBuffer excess = ByteBuffer.allocate(1);

  JdkDecoder(Encoding encoding) {
    this.encoding = encoding;
    this.inflater = new Inflater(encoding == Encoding.DEFLATE);
  }

  @Override
  public int decode(MemorySegment source, MemorySegment target) throws CodecException {
    inflater.reset();
    inflater.setInput(source.asByteBuffer());
    ByteBuffer room = target.asByteBuffer();
    try {
      while (room.hasRemaining() && !inflater.finished()) {
        if (inflater.inflate(room) == 0 && !inflater.finished()) {
          throw Damage.corrupt(encoding, source); // starved, or asks for a dictionary
        }
      }
      if (room.hasRemaining()) {
        throw Damage.tooShort(encoding, target);
      }
      // The target is full; the end of the stream, and a checksum, may still be unread.
      if (!inflater.finished() && inflater.inflate(excess.clear()) > 0) {
        throw Damage.tooLong(encoding, target);
      }
    } catch (DataFormatException e) {
      throw Damage.corrupt(encoding, source);
    }
    if (!inflater.finished()) {
      throw Damage.corrupt(encoding, source);
    }
    return Math.toIntExact(inflater.getBytesRead());
  }

  @Override
  public void close() {
    inflater.end();
  }
}
