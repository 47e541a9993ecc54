/** Disk images from Java: what a program needs that opens, reads, writes and converts them. */
module dev.platter {
  requires transitive dev.platter.sparseio;
  requires transitive dev.platter.convert;
  requires transitive dev.platter.guest;

  exports dev.platter;

  uses dev.platter.image.spi.ImageFormat;
  uses dev.platter.image.wrap.Wrapping;
}
