/** Storages, codecs, and the image abstraction that every format implements. */
module dev.platter.sparseio {
  exports dev.platter.storage;
  exports dev.platter.codec;
  exports dev.platter.image;

  uses dev.platter.image.ImageFormat;
}
