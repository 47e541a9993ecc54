/** Storages, codecs, and the image abstraction that every format implements. */
module dev.platter.sparseio {
  requires com.github.luben.zstd_jni;
  requires java.xml;
  requires org.bouncycastle.provider;
  requires org.lz4.java;
  requires org.tukaani.xz;

  exports dev.platter.archive;
  exports dev.platter.sandbox;
  exports dev.platter.storage;
  exports dev.platter.cipher;
  exports dev.platter.codec;
  exports dev.platter.codec.bzip2;
  exports dev.platter.image;
  exports dev.platter.image.chain;
  exports dev.platter.image.disk;
  exports dev.platter.image.luks;
  exports dev.platter.image.name;
  exports dev.platter.image.node;
  exports dev.platter.image.spi;
  exports dev.platter.image.support;
  exports dev.platter.image.wrap;

  uses dev.platter.image.spi.ImageFormat;
  uses dev.platter.image.wrap.Wrapping;
  uses dev.platter.storage.StorageProvider;
}
