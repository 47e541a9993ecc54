package dev.platter.codec;

final class JdkDeflateTest extends DeflateContract {
  @Override
  Encoder newEncoder(int level) {
    return new JdkEncoder(Encoding.DEFLATE, level);
  }

  @Override
  Decoder newDecoder() {
    return new JdkDecoder(Encoding.DEFLATE);
  }

  @Override
  boolean bare() {
    return true;
  }
}
