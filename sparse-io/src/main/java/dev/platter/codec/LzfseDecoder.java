package dev.platter.codec;

import dev.platter.codec.lzfse.LzfseStream;
import java.io.IOException;

/** One LZFSE stream. */
final class LzfseDecoder extends HeapDecoder {
  private final LzfseStream stream = new LzfseStream();

  @Override
  int decode(byte[] from, int sourceLength, byte[] to, int targetLength) throws CodecException {
    try {
      return stream.decode(from, sourceLength, to, targetLength);
    } catch (IOException e) {
      throw new CodecException(e.getMessage());
    }
  }
}
