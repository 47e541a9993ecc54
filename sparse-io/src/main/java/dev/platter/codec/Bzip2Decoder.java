package dev.platter.codec;

import dev.platter.codec.bzip2.Bzip2Stream;
import java.io.ByteArrayInputStream;
import java.io.IOException;

/** One bzip2 stream. */
final class Bzip2Decoder extends HeapDecoder {
  @Override
  int decode(byte[] from, int sourceLength, byte[] to, int targetLength) throws IOException {
    ByteArrayInputStream input = new ByteArrayInputStream(from, 0, sourceLength);
    try (Bzip2Stream stream = new Bzip2Stream(input, true)) {
      if (stream.readNBytes(to, 0, targetLength) < targetLength) {
        throw new CodecException("bzip2 stream decodes to fewer than " + targetLength + " bytes");
      }
      if (stream.read() >= 0) {
        throw new CodecException("bzip2 stream decodes to more than " + targetLength + " bytes");
      }
      return (int) stream.taken();
    } catch (CodecException e) {
      throw e;
    } catch (IOException e) {
      throw new CodecException("bzip2 stream is damaged: " + e.getMessage());
    }
  }
}
