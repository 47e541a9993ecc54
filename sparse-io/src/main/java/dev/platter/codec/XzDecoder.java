package dev.platter.codec;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import org.tukaani.xz.SingleXZInputStream;

/** One xz stream. */
final class XzDecoder extends HeapDecoder {
  /** Dictionaries of up to 64 MiB, those of level 9. */
  private static final int MEMORY_KIB = 66 << 10;

  @Override
  int decode(byte[] from, int sourceLength, byte[] to, int targetLength) throws IOException {
    ByteArrayInputStream input = new ByteArrayInputStream(from, 0, sourceLength);
    try (SingleXZInputStream stream = new SingleXZInputStream(input, MEMORY_KIB)) {
      if (stream.readNBytes(to, 0, targetLength) < targetLength) {
        throw new CodecException("xz stream decodes to fewer than " + targetLength + " bytes");
      }
      if (stream.read() >= 0) {
        throw new CodecException("xz stream decodes to more than " + targetLength + " bytes");
      }
      return sourceLength - input.available();
    } catch (CodecException e) {
      throw e;
    } catch (IOException e) {
      throw new CodecException("xz stream is damaged: " + e.getMessage());
    }
  }
}
