package dev.platter.codec;

final class Lz4Test extends CodecContract {
  @Override
  Encoder newEncoder(int level) {
    return Codecs.newEncoder(Encoding.LZ4, level);
  }

  @Override
  Decoder newDecoder() {
    return Codecs.newDecoder(Encoding.LZ4);
  }

  @Override
  int maxLevel() {
    return Codecs.maxLevel(Encoding.LZ4);
  }

  @Override
  boolean streamsEnd() {
    return false;
  }
}
