/** A format of no use, added to the house from outside: the smallest example of one. */
module dev.platter.toy {
  requires transitive dev.platter.sparseio;

  exports dev.platter.toy;

  provides dev.platter.image.spi.ImageFormat with
      dev.platter.toy.ToyFormat;
}
