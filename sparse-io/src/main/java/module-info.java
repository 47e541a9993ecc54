/** Storages, codecs, and the image abstraction that every format implements. */
module dev.platter.sparseio {
  requires com.github.luben.zstd_jni;
  requires java.xml;
  requires org.lz4.java;

  exports dev.platter.archive;
  exports dev.platter.storage;
  exports dev.platter.codec;
  exports dev.platter.image;

  uses dev.platter.image.ImageFormat;
  uses dev.platter.image.Wrapping;
  uses dev.platter.storage.StorageProvider;
}
