package dev.platter.codec;

final class LibdeflateDeflateTest extends DeflateContract {
  @Override
  Encoder newEncoder(int level) {
    return new LibdeflateEncoder(Encoding.DEFLATE, level);
  }

  @Override
  Decoder newDecoder() {
    return new LibdeflateDecoder(Encoding.DEFLATE);
  }

  @Override
  boolean bare() {
    return true;
  }
}
