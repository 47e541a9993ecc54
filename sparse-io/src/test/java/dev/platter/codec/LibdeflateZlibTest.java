package dev.platter.codec;

final class LibdeflateZlibTest extends DeflateContract {
  @Override
  Encoder newEncoder(int level) {
    return new LibdeflateEncoder(Encoding.ZLIB, level);
  }

  @Override
  Decoder newDecoder() {
    return new LibdeflateDecoder(Encoding.ZLIB);
  }

  @Override
  boolean bare() {
    return false;
  }
}
