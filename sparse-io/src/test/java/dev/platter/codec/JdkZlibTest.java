package dev.platter.codec;

final class JdkZlibTest extends DeflateContract {
  @Override
  Encoder newEncoder(int level) {
    return new JdkEncoder(Encoding.ZLIB, level);
  }

  @Override
  Decoder newDecoder() {
    return new JdkDecoder(Encoding.ZLIB);
  }

  @Override
  boolean bare() {
    return false;
  }
}
