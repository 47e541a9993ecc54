package dev.platter.codec;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.XZOutputStream;

final class XzTest extends CodecContract {
  private static byte[] packed(byte[] block, int level) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      LZMA2Options options = new LZMA2Options(level);
      options.setDictSize(1 << 16);
      try (XZOutputStream stream = new XZOutputStream(out, options)) {
        stream.write(block);
      }
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    return out.toByteArray();
  }

  @Override
  Encoder newEncoder(int level) {
    return ((ArrayEncoder) block -> packed(block, level)).asEncoder();
  }

  @Override
  Decoder newDecoder() {
    return Codecs.newDecoder(Encoding.XZ);
  }

  @Override
  int maxLevel() {
    return 3;
  }
}
